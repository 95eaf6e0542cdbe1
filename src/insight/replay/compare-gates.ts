import type { PromotionRecord, RecordedGate } from '../../attestation/index.ts'
import { combine } from '../../policy/index.ts'
import type { GateVerdict, Verdict } from '../../policy/index.ts'
import type { ReplayChange, ReplayedGate } from '../replay-answer.ts'

/** What a record says came of its gates. What was forced in was not let in by them, whatever they are called since. */
export function recordedResult({ kind, gates }: PromotionRecord): Verdict['result'] {
  return kind === 'break-glass' ? 'fail' : combine(gates).result
}

/** Gates that say something else than then, in the order of the new policy; gates of one kind are paired in order. */
export function changedGates(
  recorded: readonly RecordedGate[],
  replayed: readonly GateVerdict[],
): readonly ReplayedGate[] {
  const left = [...recorded]
  const asked = replayed.flatMap(({ gate, result, reason }): readonly ReplayedGate[] => {
    const at = left.findIndex((one) => one.gate === gate)
    const [before] = at < 0 ? [] : left.splice(at, 1)
    if (before?.result === result) return []
    return [{ gate, ...(before && { recorded: before.result }), replayed: result, reason }]
  })
  const dropped = left.map(({ gate, result, reason }) => ({ gate, recorded: result, reason }))
  return [...asked, ...dropped]
}

/** In then and in now, or out then and out now: unchanged. Waiting is not in. */
export function changeOf(recorded: Verdict['result'], replayed: Verdict['result']): ReplayChange {
  if (replayed === 'error') return 'unclear'
  const [was, is] = [recorded === 'pass', replayed === 'pass']
  if (was === is) return 'unchanged'
  return is ? 'admitted' : 'refused'
}
