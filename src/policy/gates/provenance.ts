import * as z from 'zod'
import type { BuildFacts } from '../../attestation/index.ts'
import { sameSource } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import { identityFlaw } from '../build-identity.ts'
import { parameterFlaw } from '../build-parameters.ts'
import { buildsOf } from '../builds.ts'
import type { Facts } from '../facts.ts'
import { matchesGlob } from '../glob.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { mergeBuilds } from '../merged-build.ts'
import { nonEmpty, oneOrMore, sourceAddress } from '../options.ts'
import { unusableNote } from '../predicates.ts'

export const provenanceOptions = z.strictObject({
  event: oneOrMore(z.enum(['push', 'tag', 'schedule', 'manual', 'unknown']))
    .optional()
    .describe(
      'What may have started the build; unknown = the provenance does not say. Default: any that is known, but a pull request.',
    ),
  branches: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Branches it may come from; * and ** are wildcards.'),
  // Options without a default leave the policy digest of files that do not use them as it was.
  protectedBranch: z
    .boolean()
    .optional()
    .describe("The platform's own token must say that the ref is protected."),
  identity: z
    .union([z.literal('verified'), z.strictObject({ issuers: z.array(nonEmpty).min(1) })])
    .optional()
    .describe(
      "verified: a token of the CI system must vouch for source, commit and ref, and for the event when one is asked for. With issuers: one of these signed it; default: the one known for the source's host.",
    ),
  source: sourceAddress.optional().describe("URL of the repository. Default: the application's source."),
  builders: z.array(nonEmpty).min(1).optional().describe('Builder ids, compared exactly.'),
  buildTypes: z.array(nonEmpty).min(1).optional().describe('Build types, compared exactly.'),
  parameters: z
    .record(nonEmpty, z.string())
    .optional()
    .describe('External parameters by path that must be there with this value; * and ** are wildcards.'),
  unexpectedParameters: z
    .enum(['allow', 'deny'])
    .optional()
    .describe(
      'deny: no external parameters but those named here and those the build type is read by. Default: allow.',
    ),
  otherParameters: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('With deny: names that may be there too, whatever they hold; * and ** are wildcards.'),
  allowDirty: z.boolean().default(false).describe('Accept builds of a tree with uncommitted changes.'),
})

export type ProvenanceOptions = z.output<typeof provenanceOptions>

/** Signed provenance that says: built from the right repository and branch, by the right event, from a clean tree. */
export function judgeProvenance(options: ProvenanceOptions, facts: Facts): Judgement {
  const { builds, unreadable } = buildsOf(facts.evidence)
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed provenance statement')} cannot be read.`, unreadable)
  const [first, ...others] = builds.map((entry) => entry.facts)
  if (!first) return refuse(`No signed provenance${unusableNote(facts.evidence, 'provenance')}.`)
  const merged = mergeBuilds([first, ...others])
  if ('disagreeAbout' in merged)
    return refuse(`Signed provenance statements disagree about the ${merged.disagreeAbout}.`, builds)
  const { build } = merged
  const flaw =
    flawOf(build, options, facts) ??
    [first, ...others].map((each) => builderFlaw(each, options)).find(Boolean) ??
    parameterFlaw([first, ...others], options) ??
    identityFlaw([first, ...others], options)
  if (flaw) return refuse(flaw, builds)
  if (!options.protectedBranch || build.isProtected || facts.isPreview)
    return pass(summary(build, options, facts), builds)
  if (build.isProtected === false) return refuse('Built from a ref that is not protected.', builds)
  return unclear('It is not known whether the branch is protected: the provenance does not say.', builds)
}

function flawOf(build: BuildFacts, options: ProvenanceOptions, facts: Facts): string | undefined {
  return (facts.isPreview ? undefined : occasionFlaw(build, options)) ?? treeFlaw(build, options, facts)
}

/** By which event, and on which branch. */
function occasionFlaw(build: BuildFacts, options: ProvenanceOptions): string | undefined {
  const { event, branch } = build
  if (fromPullRequest(build)) return 'Built from a pull request; a pull-request build is never promotable.'
  // Without an event a pull request cannot be ruled out.
  if (!event && !options.event?.includes('unknown'))
    return 'The provenance does not say which event started the build, so a pull request is not ruled out.'
  if (options.event && !options.event.includes((event ?? 'unknown') as never))
    return `Built by the event ${event}, required: ${listed(options.event)}.`
  if (options.branches && !(branch && options.branches.some((glob) => matchesGlob(branch, glob))))
    return `Built from ${branch ? `branch ${quote(branch)}` : 'an unknown branch'}, required: ${listed(options.branches)}.`
  return undefined
}

function treeFlaw(
  { source, dirty }: BuildFacts,
  options: ProvenanceOptions,
  facts: Facts,
): string | undefined {
  const expected = options.source ?? facts.source
  if (expected && !sameSource(source, expected)) return `Built from ${quote(source)}, required: ${expected}.`
  if (dirty && !options.allowDirty) return 'Built from a tree with uncommitted changes.'
  return undefined
}

/** Of every statement: one that names the right builder does not vouch for another. */
function builderFlaw(build: BuildFacts, { builders, buildTypes }: ProvenanceOptions): string | undefined {
  if (builders && !builders.includes(build.builderId))
    return `Built by ${quote(build.builderId)}, required: ${listed(builders)}.`
  if (buildTypes && !buildTypes.includes(build.buildType))
    return `Of the build type ${quote(build.buildType)}, required: ${listed(buildTypes)}.`
  return undefined
}

// The ref is a second witness: a builder that calls a pull request a push still names the ref it took.
function fromPullRequest({ event, ref = '' }: BuildFacts): boolean {
  return event === 'pull-request' || /^refs\/(pull|pull-requests|merge-requests)\//.test(ref)
}

function summary(build: BuildFacts, { identity, source }: ProvenanceOptions, facts: Facts): string {
  const where = build.branch ? ` on ${quote(build.branch)}` : ''
  const by = build.event ? `by ${build.event}` : 'by an unknown event'
  const hearsay = build.isHearsay ? '; the builder has source and commit from its client' : ''
  const verified = identity ? ', verified' : ''
  const unchecked = (source ?? facts.source) ? '' : '; no source is configured to compare it with'
  return `Built from commit ${printableLine(build.commit, 8)}${where} of ${quote(build.source)} ${by}${verified}${hearsay}${unchecked}.`
}
