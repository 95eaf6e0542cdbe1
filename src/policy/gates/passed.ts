import * as z from 'zod'
import type { PassMark } from '../../attestation/index.ts'
import { latestMark, passLevel, passMark, passVerifierId } from '../../attestation/index.ts'
import type { Facts, UpstreamFacts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { CLOCK_SKEW, count, pass, refuse, unclear } from '../judgement.ts'
import type { GateNeeds } from '../gate-needs.ts'
import { duration, environmentName, oneOrMore } from '../options.ts'
import type { Fact } from '../predicates.ts'
import { factsOf, unusableNote } from '../predicates.ts'
import { judgeSoak } from '../soak.ts'

export const passedOptions = z.strictObject({
  environment: oneOrMore(environmentName).describe(
    'The environment, or environments, that must have passed this digest.',
  ),
  mode: z.enum(['all', 'any']).default('all').describe('With several environments: all of them, or any one.'),
  soak: duration.optional().describe('How long the digest must have stayed there without a break, e.g. 30m.'),
})

export type PassedOptions = z.output<typeof passedOptions>

export function passedNeeds({ environment, soak }: PassedOptions): GateNeeds {
  return { upstream: environment.map((name) => ({ environment: name, occupancy: soak !== undefined })) }
}

/** The digest carries the pass mark of an upstream environment, and stayed there long enough. */
export function judgePassed(options: PassedOptions, facts: Facts): Judgement {
  const judged = options.environment.map((environment) => judgeEnvironment(environment, options, facts))
  const order: readonly Judgement['result'][] =
    options.mode === 'all' ? ['fail', 'error', 'pending', 'pass'] : ['pass', 'pending', 'error', 'fail']
  const result = order.find((candidate) => judged.some((one) => one.result === candidate)) ?? 'error'
  const telling = judged.filter((one) => one.result === result)
  const times = telling.flatMap((one) => one.earliest ?? []).toSorted()
  // `all` waits for the last of them, `any` for the first.
  const earliest = options.mode === 'all' ? times.at(-1) : times[0]
  return {
    result,
    reason: telling.map((one) => one.reason).join(' '),
    evidence: [...new Set(telling.flatMap((one) => one.evidence))],
    ...(earliest && { earliest }),
  }
}

function judgeEnvironment(environment: string, { soak }: PassedOptions, facts: Facts): Judgement {
  const upstream = facts.upstream.find((entry) => entry.environment === environment)
  if (!upstream) return unclear(`Nothing could be read about ${environment}.`)
  const mark = judgeMark(upstream, facts)
  if (mark.result !== 'pass' || soak === undefined) return mark
  const soaked = judgeSoak(upstream, facts, soak)
  return {
    ...soaked,
    reason: `${mark.reason} ${soaked.reason}`,
    evidence: [...mark.evidence, ...soaked.evidence],
  }
}

/** The environment's latest word counts: what failed once may be mended and pass. */
export function judgeMark(upstream: UpstreamFacts, facts: Facts): Judgement {
  const { environment } = upstream
  const { read, unreadable } = factsOf(facts.evidence, 'pass', passMark)
  const mine = read.filter((fact) => fact.predicate.verifier.id === passVerifierId(environment))
  const here = mine.filter((fact) => fact.predicate.resourceUri === upstream.repository)
  const latest = latestMark(here, environment)
  if (latest?.predicate.verificationResult === 'FAILED')
    return refuse(`${environment} failed this digest.`, [latest])
  // From the future it would outlive every FAILED to come.
  if (latest && Date.parse(latest.predicate.timeVerified ?? '') > facts.now.getTime() + CLOCK_SKEW)
    return unclear(
      `${environment}'s pass mark is dated ${latest.predicate.timeVerified}, which is in the future.`,
      [latest],
    )
  // It may be the last word.
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed pass mark')} cannot be read.`, unreadable)
  if (latest && isPassed(latest, environment)) return pass(`${environment} passed this digest.`, [latest])
  const elsewhere =
    mine.length > here.length
      ? ` (a mark for another repository than ${upstream.repository} does not count)`
      : ''
  const note = unusableNote(facts.evidence, 'pass')
  return refuse(`${environment} has not passed this digest${elsewhere}${note}; run waybill pass.`)
}

function isPassed({ predicate }: Fact<PassMark>, environment: string): boolean {
  return (
    predicate.verificationResult === 'PASSED' && predicate.verifiedLevels.includes(passLevel(environment))
  )
}
