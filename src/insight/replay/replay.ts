import { rememberingReader } from '../../assessment/index.ts'
import type { ChainRecord } from '../../assessment/index.ts'
import type { Digest } from '../../oci/index.ts'
import { combine, evaluate, withStops } from '../../policy/index.ts'
import type { Facts, Verdict } from '../../policy/index.ts'
import { chainPlace } from '../../promotion/index.ts'
import type { Parts } from '../../promotion/index.ts'
import type { ReplayAnswer, ReplayChange, ReplayedRecord } from '../replay-answer.ts'
import { ageOf, factsAsOf, momentOf } from './as-of.ts'
import { factsThen, missingUpstream } from './facts-then.ts'
import type { Scene, TriedPolicy } from './facts-then.ts'
import { changedGates, changeOf, recordedResult } from './compare-gates.ts'

export interface ReplayQuestion {
  readonly applications: readonly string[]
  /** Default: all of them. */
  readonly environment?: string
  readonly since: Date
}

/**
 * What another policy would have decided on every recorded promotion since a time, on the facts as they were. Chains
 * are verified under the present policy, evidence under the one that is tried.
 * @throws RECORD_INVALID, RECORD_CHAIN_BROKEN
 */
export async function replay(
  { applications, environment, since }: ReplayQuestion,
  policy: TriedPolicy,
  parts: Parts,
): Promise<ReplayAnswer> {
  const reader = rememberingReader()
  const environments = environment === undefined ? parts.environments() : [environment]
  const stops = applications.flatMap((name) => environments.map((place) => parts.stop(name, place)))
  const records: ReplayedRecord[] = []
  for (const stop of stops) {
    const scene = { stop, policy, reader, parts, chain: await reader.chain(chainPlace(stop, parts)) }
    const recent = scene.chain.filter(({ predicate }) => new Date(predicate.finishedOn) >= since)
    for (const record of recent) records.push(await replayRecord(record, scene))
  }
  return {
    kind: 'replay',
    policy: policy.file,
    since: since.toISOString(),
    counts: countsOf(records),
    records,
  }
}

async function replayRecord(record: ChainRecord, scene: Scene): Promise<ReplayedRecord> {
  const { application, environment, kind, finishedOn, gates } = record.predicate
  const { sequence, digest } = record
  const recorded = recordedResult(record.predicate)
  const told = { application, environment, sequence, digest, kind, finishedOn, recorded }
  if (kind === 'rollback') return { ...told, change: 'not-asked', gates: [], later: 0 }
  const judged = await judge(record, scene)
  if ('note' in judged) return { ...told, change: 'unclear', gates: [], later: 0, note: judged.note }
  const { verdict, later, doubt } = judged
  const change = doubt === undefined ? changeOf(recorded, verdict.result) : 'unclear'
  const changed = changedGates(gates, verdict.gates)
  const note = doubt ?? (change === 'unclear' ? 'A gate could not tell.' : undefined)
  return { ...told, replayed: verdict.result, change, gates: changed, later, ...(note && { note }) }
}

interface Judged {
  readonly verdict: Verdict
  /** How many statements came later. */
  readonly later: number
  /** Why the verdict may be another one. */
  readonly doubt: string | undefined
}

async function judge(record: ChainRecord, scene: Scene): Promise<Judged | { readonly note: string }> {
  const { application, environment } = record.predicate
  const tried = scene.policy.stop(application, environment)
  if (!tried) return { note: `The policy has no ${environment} for ${application}.` }
  const facts = await factsThen(record, tried, scene)
  if ('note' in facts) return facts
  const moment = momentOf(record, scene.chain)
  const missing = await missingUpstream(record, tried, scene)
  const decide = async (undated: boolean) => {
    const { gates } = await evaluate(withStops(tried.gates), factsAsOf(facts, moment, undated))
    return combine([...missing, ...gates])
  }
  const [verdict, generous] = [await decide(false), await decide(true)]
  const ages = facts.evidence.valid.map((given) => ageOf(given, moment))
  const undated = ages.filter((age) => age === 'undated').length
  const doubt =
    verdict.result === generous.result
      ? goneEvidence(record, facts, verdict)
      : `It depends on ${undated} ${undated === 1 ? 'statement' : 'statements'} that nobody can date.`
  return { verdict, later: ages.filter((age) => age === 'later').length, doubt }
}

/** What the record rests on is gone: a no may only mean that. */
function goneEvidence({ predicate }: ChainRecord, facts: Facts, { result }: Verdict) {
  if (result === 'pass') return undefined
  const { evidence, target, standing } = facts
  const found = [evidence, target?.evidence].flatMap((each) =>
    each ? [...each.valid, ...each.unusable] : [],
  )
  const present = new Set<Digest | undefined>([...found, ...standing].map(({ payload }) => payload))
  const named = new Set([...predicate.gates.flatMap((gate) => gate.evidence), ...predicate.approvals])
  const gone = [...named].filter((payload) => !present.has(payload))
  return gone.length > 0 ? `${gone.length} statements it rested on are gone.` : undefined
}

function countsOf(records: readonly ReplayedRecord[]): Readonly<Record<ReplayChange, number>> {
  const count = (change: ReplayChange) => records.filter((record) => record.change === change).length
  return {
    unchanged: count('unchanged'),
    refused: count('refused'),
    admitted: count('admitted'),
    unclear: count('unclear'),
    'not-asked': count('not-asked'),
  }
}
