import { predicateTypes, readBuild, sameSource } from '../attestation/index.ts'
import type { BuildFacts, Evidence } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import type { Asked } from './clean-rules.ts'

/** An image with what is known about it. */
export interface Preview {
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly evidence: Evidence
}

export interface PreviewRules extends Asked {
  /** The application's repository of sources, where waybill.yaml names it. */
  readonly source: string | undefined
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
  const builds = evidence.valid.flatMap(({ statement }) => readBuild(statement) ?? [])
  const doubt = doubtAbout(builds, rules.source)
  // Worth a word where its name says that it is one of those.
  if (doubt !== undefined) return isNamed(tags, rules) ? { verdict: 'stay', reason: doubt } : OTHER
  const [pullRequest = ''] = builds.map(pullRequestOf)
  if (rules.pullRequest !== undefined && pullRequest !== rules.pullRequest) return OTHER
  if (!isOldEnough(builds, rules.before)) return OTHER
  if (rules.promoted.has(digest) || evidence.valid.some(isPromotion))
    return { verdict: 'untag', pullRequest, reason: 'it was promoted' }
  const foreign = tags.find((tag) => !builds.some((one) => rules.isTagOfBuild(tag, one, pullRequest)))
  if (foreign !== undefined) return { verdict: 'untag', pullRequest, reason: `it is also ${foreign}` }
  return { verdict: 'go', pullRequest }
}

/** Why it is not certain that one pull request of this application built it, and nothing else did. */
function doubtAbout(builds: readonly BuildFacts[], source: string | undefined): string | undefined {
  if (builds.length === 0) return 'nothing trusted says that a pull request built it'
  const other = builds.find(({ event }) => event !== 'pull-request')
  if (other) return `it was built by ${other.event ? `a ${other.event}` : 'nobody knows what'}`
  const foreign = builds.find((build) => source !== undefined && !sameSource(build.source, source))
  if (foreign) return `it was built from ${foreign.source}`
  const [number, ...more] = new Set(builds.map(pullRequestOf))
  return number === undefined || more.length > 0 ? 'it is not clear which pull request built it' : undefined
}

function isNamed(tags: readonly string[], { pullRequest }: PreviewRules): boolean {
  const numbers = tags.flatMap((tag) => /^pr-(\d+)(?:-dirty)?$/.exec(tag)?.[1] ?? [])
  return pullRequest === undefined ? numbers.length > 0 : numbers.includes(pullRequest)
}

const OTHER: Judged = { verdict: 'other' }

function isPromotion({ predicateType }: { readonly predicateType: string }): boolean {
  return predicateType === predicateTypes.promotion
}

/** Its number, as Waybill's provenance states it, or GitLab's, or as the ref of others' does. */
function pullRequestOf({ parameters, ref }: BuildFacts): string | undefined {
  const stated = parameters['pullRequest'] ?? parameters['variables.CI_MERGE_REQUEST_IID'] ?? ''
  if (/^\d+$/.test(stated)) return stated
  return /^refs\/(?:pull|merge-requests)\/(\d+)\//.exec(ref ?? '')?.[1]
}

/** A build that does not say when it ended is of no age. */
function isOldEnough(builds: readonly BuildFacts[], before: string | undefined): boolean {
  if (before === undefined) return true
  return builds.every(
    ({ finishedOn }) => finishedOn !== undefined && Date.parse(finishedOn) < Date.parse(before),
  )
}
