import * as z from 'zod'
import type { BuildFacts } from '../../attestation/index.ts'
import { sameSource } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import { buildsOf } from '../builds.ts'
import type { Facts } from '../facts.ts'
import { matchesGlob } from '../glob.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { nonEmpty, oneOrMore, sourceAddress } from '../options.ts'
import { unusableNote } from '../predicates.ts'

export const provenanceOptions = z.strictObject({
  event: oneOrMore(z.enum(['push', 'tag', 'schedule', 'manual']))
    .optional()
    .describe('What may have started the build. Default: anything but a pull request.'),
  branches: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Branches it may come from; * and ** are wildcards.'),
  source: sourceAddress.optional().describe("URL of the repository. Default: the application's source."),
  builders: z.array(nonEmpty).min(1).optional().describe('Builder ids, compared exactly.'),
  allowDirty: z.boolean().default(false).describe('Accept builds of a tree with uncommitted changes.'),
})

export type ProvenanceOptions = z.output<typeof provenanceOptions>

/** Signed provenance that says: built from the right repository and branch, by the right event, from a clean tree. */
export function judgeProvenance(options: ProvenanceOptions, facts: Facts): Judgement {
  const { builds, unreadable } = buildsOf(facts.evidence)
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed provenance statement')} cannot be read.`, unreadable)
  const [build] = builds
  if (!build) return refuse(`No signed provenance${unusableNote(facts.evidence, 'provenance')}.`)
  const differs = builds.map((other) => difference(build.facts, other.facts)).find(Boolean)
  if (differs) return refuse(`Signed provenance statements disagree about the ${differs}.`, builds)
  const flaw = builds.map((entry) => flawOf(entry.facts, options, facts)).find(Boolean)
  if (flaw) return refuse(flaw, builds)
  return pass(summary(build.facts, options.source ?? facts.source), builds)
}

const COMPARED = ['commit', 'branch', 'event', 'author', 'dirty'] as const

function difference(one: BuildFacts, other: BuildFacts): string | undefined {
  if (!sameSource(one.source, other.source)) return 'source'
  return COMPARED.find((field) => one[field] !== other[field])
}

function flawOf(build: BuildFacts, options: ProvenanceOptions, facts: Facts): string | undefined {
  const { event, branch, source } = build
  if (fromPullRequest(build)) return 'Built from a pull request; a pull-request build is never promotable.'
  // Without an event a pull request cannot be ruled out.
  if (!event)
    return 'The provenance does not say which event started the build, so a pull request is not ruled out.'
  if (options.event && !options.event.includes(event as never))
    return `Built by the event ${event}, required: ${listed(options.event)}.`
  if (options.branches && !(branch && options.branches.some((glob) => matchesGlob(branch, glob))))
    return `Built from ${branch ? `branch ${quote(branch)}` : 'an unknown branch'}, required: ${listed(options.branches)}.`
  const expected = options.source ?? facts.source
  if (expected && !sameSource(source, expected)) return `Built from ${quote(source)}, required: ${expected}.`
  if (options.builders && !options.builders.includes(build.builderId))
    return `Built by ${quote(build.builderId)}, required: ${listed(options.builders)}.`
  if (build.dirty && !options.allowDirty) return 'Built from a tree with uncommitted changes.'
  return undefined
}

// The ref is a second witness: a builder that calls a pull request a push still names the ref it took.
function fromPullRequest(build: BuildFacts): boolean {
  return (
    build.event === 'pull-request' || /^refs\/(pull|pull-requests|merge-requests)\//.test(build.branch ?? '')
  )
}

function summary(build: BuildFacts, expected: string | undefined): string {
  const where = build.branch ? ` on ${quote(build.branch)}` : ''
  const unchecked = expected ? '' : '; no source is configured to compare it with'
  return `Built from commit ${printableLine(build.commit, 8)}${where} of ${quote(build.source)} by ${build.event}${unchecked}.`
}
