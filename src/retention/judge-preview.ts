import { predicateTypes, readBuild } from '../attestation/index.ts'
import type { BuildFacts, Evidence } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

/** An image with what is known about it. */
export interface Preview {
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly evidence: Evidence
}

export interface PreviewRules {
  readonly pullRequest: string | undefined
  /** RFC 3339 time before which a build ended that may go. */
  readonly before: string | undefined
  readonly promoted: ReadonlySet<Digest>
  /** Is it a tag that a build with these facts gave itself? */
  readonly isTagOfBuild: (tag: string, build: BuildFacts, pullRequest: string) => boolean
}

/**
 * `go`: the image and everything on it. `untag`: the image stays, its tag of the pull request goes. `stay`: nothing
 * goes. `other`: it is not what was asked about.
 */
export type Judged =
  | { readonly verdict: 'go'; readonly pullRequest: string }
  | { readonly verdict: 'untag'; readonly pullRequest: string; readonly reason: string }
  | { readonly verdict: 'stay'; readonly pullRequest?: string; readonly reason: string }
  | { readonly verdict: 'other' }

/** What may happen to an image, by what is signed about it. Whatever is in doubt stays. */
export function judgePreview(preview: Preview, rules: PreviewRules): Judged {
  const { digest, tags, evidence } = preview
  const builds = evidence.valid.flatMap((statement) => readBuild(statement.statement) ?? [])
  const [build] = builds
  const isNamed = tags.includes(`pr-${rules.pullRequest}`)
  if (!build)
    return isNamed ? { verdict: 'stay', reason: 'nothing trusted says that a pull request built it' } : OTHER
  const others = builds.filter(({ event }) => event !== 'pull-request')
  if (others.length > 0)
    return isNamed ? { verdict: 'stay', reason: `it was built by a ${others[0]?.event}` } : OTHER
  const numbers = new Set(builds.map(pullRequestOf))
  const [pullRequest] = numbers
  if (pullRequest === undefined || numbers.size > 1)
    return isNamed ? { verdict: 'stay', reason: 'it is not clear which pull request built it' } : OTHER
  if (rules.pullRequest !== undefined && pullRequest !== rules.pullRequest) return OTHER
  if (!isOldEnough(builds, rules.before)) return OTHER
  if (rules.promoted.has(digest) || evidence.valid.some(isPromotion))
    return { verdict: 'untag', pullRequest, reason: 'it was promoted' }
  const foreign = tags.find((tag) => !builds.some((one) => rules.isTagOfBuild(tag, one, pullRequest)))
  if (foreign !== undefined) return { verdict: 'untag', pullRequest, reason: `it is also ${foreign}` }
  return { verdict: 'go', pullRequest }
}

const OTHER: Judged = { verdict: 'other' }

function isPromotion({ predicateType }: { readonly predicateType: string }): boolean {
  return predicateType === predicateTypes.promotion
}

/** Its number, as Waybill's provenance states it, or as the ref of others' does. */
function pullRequestOf({ parameters, ref }: BuildFacts): string | undefined {
  const stated = parameters.pullRequest
  if (typeof stated === 'string' && /^\d+$/.test(stated)) return stated
  return /^refs\/(?:pull|merge-requests)\/(\d+)\//.exec(ref ?? '')?.[1]
}

/** A build that does not say when it ended is of no age. */
function isOldEnough(builds: readonly BuildFacts[], before: string | undefined): boolean {
  if (before === undefined) return true
  return builds.every(
    ({ finishedOn }) => finishedOn !== undefined && Date.parse(finishedOn) < Date.parse(before),
  )
}
