import * as z from 'zod'

const resource = z.object({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: z.record(z.string(), z.string()).optional(),
  mediaType: z.string().optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
})

/** Predicate `https://slsa.dev/provenance/v1` (SLSA build provenance). */
export const provenance = z.object({
  buildDefinition: z.object({
    buildType: z.string(),
    externalParameters: z.record(z.string(), z.unknown()),
    internalParameters: z.record(z.string(), z.unknown()).optional(),
    resolvedDependencies: z.array(resource).optional(),
  }),
  runDetails: z.object({
    builder: z.object({ id: z.string(), version: z.record(z.string(), z.string()).optional() }),
    metadata: z
      .object({
        invocationId: z.string().optional(),
        startedOn: z.string().optional(),
        finishedOn: z.string().optional(),
      })
      .optional(),
    byproducts: z.array(resource).optional(),
  }),
})

export type Provenance = z.infer<typeof provenance>

/** `buildType` of images built or adopted by `waybill build`; documented in docs/reference/build-type.md. */
export const WAYBILL_BUILD_TYPE = 'https://waybill.dev/build/v1'

/**
 * externalParameters of WAYBILL_BUILD_TYPE. `event` is what started the build; a pull request is never promotable.
 */
export const waybillBuildParameters = z.strictObject({
  source: z.string(),
  ref: z.string(),
  event: z.enum(['push', 'pull-request', 'tag', 'schedule', 'manual']),
  pullRequest: z.string().optional(),
  builder: z.string(),
  platforms: z.array(z.string()),
  dirty: z.boolean(),
})

/** The facts gates ask of a build, whatever build type they came in. */
export interface BuildFacts {
  /** Normalised https URL of the repository. */
  readonly source: string
  readonly commit: string
  /** Without `refs/heads/`. undefined for a tag: who may push tags need not be who may push that branch. */
  readonly branch: string | undefined
  readonly event: z.infer<typeof waybillBuildParameters>['event'] | undefined
  readonly builderId: string
  readonly buildType: string
  /** E-mail of the commit's author, lower case, for "not approved by the author". */
  readonly author: string | undefined
  readonly dirty: boolean
  readonly invocation: string | undefined
  readonly finishedOn: string | undefined
}

/**
 * The build facts of a provenance predicate. Reads WAYBILL_BUILD_TYPE in full; of other build types only what the
 * SLSA fields say (source and commit from the first git dependency). Undefined facts make gates fail, never pass.
 */
export function buildFacts(given: Provenance): BuildFacts | undefined {
  const { buildDefinition, runDetails } = given
  const git = buildDefinition.resolvedDependencies?.find((d) => d.digest?.gitCommit ?? d.digest?.sha1)
  const commit = git?.digest?.gitCommit ?? git?.digest?.sha1
  if (!commit) return undefined
  const isOurs = buildDefinition.buildType === WAYBILL_BUILD_TYPE
  const ours = isOurs ? waybillBuildParameters.safeParse(buildDefinition.externalParameters).data : undefined
  // SLSA: unexpected parameters are refused. Half-read ones would hide a pull request or a dirty tree.
  if (isOurs && !ours) return undefined
  const author = git?.annotations?.author
  return {
    source: ours?.source ?? gitUrl(git?.uri ?? ''),
    commit,
    branch: ours && branchOf(ours.ref, ours.event),
    event: ours?.event,
    builderId: runDetails.builder.id,
    buildType: buildDefinition.buildType,
    author: typeof author === 'string' ? author.toLowerCase() : undefined,
    dirty: ours?.dirty ?? false,
    invocation: runDetails.metadata?.invocationId,
    finishedOn: runDetails.metadata?.finishedOn,
  }
}

function branchOf(ref: string, event: BuildFacts['event']): string | undefined {
  return event === 'tag' || ref.startsWith('refs/tags/') ? undefined : ref.replace(/^refs\/heads\//, '')
}

/** `git+https://host/path@ref` → `https://host/path`. A user name before the host is no ref. */
function gitUrl(uri: string): string {
  return uri.replace(/^git\+/, '').replace(/^([a-z]+:\/\/[^/]*\/[^@]*)@.*$/s, '$1')
}

/** Two spellings of one repository compare equal: `.git`, trailing `/`, ssh form and case of the host do not matter. */
export function sameSource(a: string, b: string): boolean {
  return normaliseSource(a) === normaliseSource(b)
}

function normaliseSource(source: string): string {
  const https = source
    .trim()
    .replace(/^git\+/, '')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
  const bare = https.replace(/\/+$/, '').replace(/\.git$/, '')
  return URL.canParse(bare) ? new URL(bare).href.replace(/\/$/, '') : bare
}
