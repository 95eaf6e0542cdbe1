import * as z from 'zod'
import { formatDuration, timestamp } from '../../base/index.ts'
import { testResult } from '../../attestation/index.ts'
import type { TestResult } from '../../attestation/index.ts'
import { datedBy, lastOf } from '../dated-statements.ts'
import type { Facts, UpstreamFacts } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { CLOCK_SKEW, count, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration, environmentName, nonEmpty } from '../options.ts'
import type { Fact } from '../predicates.ts'
import { factsOf, unusableNote } from '../predicates.ts'
import { judgeSoak, lastStay } from '../soak.ts'
import type { Stay } from '../soak.ts'
import { worstOf } from '../worst.ts'
import { judgeMark } from './passed.ts'

export const canaryOptions = z.strictObject({
  environment: environmentName.describe('The canary environment; it must be in `after`.'),
  soak: duration.optional().describe('How long the digest must have stayed there without a break, e.g. 30m.'),
  analysis: nonEmpty
    .default('canary')
    .describe('Name of the suite whose signed test result says how the canary did.'),
  signers: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Signer ids whose analysis counts. Default: any that may assert test results.'),
})

export type CanaryOptions = z.output<typeof canaryOptions>

export function canaryNeeds({ environment }: CanaryOptions): GateNeeds {
  return { upstream: [{ environment, occupancy: true }] }
}

/** The canary passed the digest, held it long enough, and an analysis made since it came says that it does well. */
export function judgeCanary(options: CanaryOptions, facts: Facts): Judgement {
  const upstream = facts.upstream.find((entry) => entry.environment === options.environment)
  if (!upstream) return unclear(`Nothing could be read about ${options.environment}.`)
  return worstOf([
    judgeMark(upstream, facts),
    ...(options.soak === undefined ? [] : [judgeSoak(upstream, facts, options.soak)]),
    judgeAnalysis(options, upstream, facts),
  ])
}

type Analysis = Fact<TestResult>

function judgeAnalysis(
  options: CanaryOptions,
  { environment, occupancy }: UpstreamFacts,
  facts: Facts,
): Judgement {
  const stay = lastStay(occupancy, facts.image.digest)
  if (!stay) return refuse(`It has never been in ${environment}.`)
  if (Number.isNaN(stay.since))
    return unclear(`The records of ${environment} state times that cannot be read.`)
  const { read, unreadable } = factsOf(facts.evidence, 'test-result', testResult)
  const counts = ({ signer }: Pick<Analysis, 'signer'>) => options.signers?.includes(signer.id) ?? true
  const unknown = unreadable.filter(counts)
  if (unknown.length > 0)
    return unclear(`${count(unknown.length, 'signed test result')} cannot be read.`, unknown)
  const mine = read.filter(
    (fact) => counts(fact) && fact.predicate.configuration[0]?.name === options.analysis,
  )
  const since = mine.filter((fact) => !isBefore(fact, stay))
  const last = lastOf(since, (fact) => datedBy(fact))
  return verdictOf(last, stay, options, facts) ?? missing(mine.length, stay, options, facts)
}

// What has no time may have been made since.
function isBefore(fact: Analysis, stay: Stay): boolean {
  const { at } = datedBy(fact)
  return at !== undefined && at.getTime() < stay.since
}

/** The last word since the digest came; undefined when there is none. */
function verdictOf(
  last: readonly Analysis[],
  stay: Stay,
  { analysis }: CanaryOptions,
  facts: Facts,
): Judgement | undefined {
  const bad = last.find(({ predicate }) => predicate.result !== 'PASSED')
  if (bad) return refuse(`The analysis ${quote(analysis)} says ${bad.predicate.result}.`, [bad])
  const good = last.find((fact) => datedBy(fact).at) ?? last[0]
  if (!good) return undefined
  const { at, proven } = datedBy(good)
  if (!at)
    return unclear(
      `Nothing says when the analysis ${quote(analysis)} was made, so it may be older than the canary.`,
      [good],
    )
  if (at.getTime() > facts.now.getTime() + CLOCK_SKEW)
    return unclear(`The analysis ${quote(analysis)} is dated ${at.toISOString()}, which is in the future.`, [
      good,
    ])
  const after = formatDuration(Math.floor((at.getTime() - stay.since) / 1000) * 1000)
  const account = proven ? '' : ', by its own account'
  return pass(`The analysis ${quote(analysis)} says PASSED, ${after} after it came${account}.`, last)
}

/** While the digest is there an analysis may still come. */
function missing(older: number, stay: Stay, options: CanaryOptions, facts: Facts): Judgement {
  const { analysis, environment } = options
  const before = older > 0 ? ` (${count(older, 'older one')} found)` : ''
  const since = timestamp(new Date(stay.since))
  const reason = `No signed analysis ${quote(analysis)} since it came to ${environment} on ${since}${before}${unusableNote(facts.evidence, 'test-result')}`
  if (stay.until !== undefined) return refuse(`${reason}; it is no longer there, promote it there again.`)
  const waitingFor = options.signers ?? [analysis]
  return { result: 'pending', reason: `${reason}.`, evidence: [], waitingFor }
}
