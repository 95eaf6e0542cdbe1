import type { OwnStep, Step } from '../../base/index.ts'
import { tallied } from '../../registry/index.ts'
import type { RequestTally } from '../../registry/index.ts'
import type { TrainItem, TrainOrder } from '../train-answer.ts'
import { failedItem } from './item-error.ts'
import type { Telling, TrainParts } from './parts.ts'
import { sideBySide } from '../../base/index.ts'

export type Ended = Omit<TrainItem, 'item'>

/** One item that is still to be done. */
export interface Unit {
  readonly item: string
  /** Its place in the answer. */
  readonly index: number
  readonly run: (telling: Telling) => Promise<Ended>
}

/** Items that must be done one after another, each only when the one before it succeeded. */
export type Track = readonly Unit[]

/** Does everything, `concurrency` tracks at once. What fails stops its own track, or all when the order says so. */
export async function ride(
  tracks: readonly Track[],
  order: Pick<TrainOrder, 'concurrency' | 'stopOnFailure' | 'dryRun'>,
  parts: TrainParts,
): Promise<ReadonlyMap<number, Ended>> {
  const ended = new Map<number, Ended>()
  const total = tracks.reduce((sum, track) => sum + track.length, 0)
  let failed: string | undefined
  const reasonToStop = () => {
    if (parts.signal.aborted) return 'the train was interrupted'
    return order.stopOnFailure && failed ? `${failed} failed` : undefined
  }
  await sideBySide(tracks, order.concurrency, async (track) => {
    let before: string | undefined
    for (const unit of track) {
      const reason = reasonToStop() ?? before
      const end = reason === undefined ? await runUnit(unit, total, parts) : notStarted(reason)
      ended.set(unit.index, end)
      if (FAILED.has(end.outcome)) failed ??= unit.item
      if (!order.dryRun && !GOOD.has(end.outcome)) before ??= `${unit.item} comes first and did not succeed`
    }
  })
  return ended
}

const GOOD: ReadonlySet<TrainItem['outcome']> = new Set(['promoted', 'already', 'copied', 'planned'])
const FAILED: ReadonlySet<TrainItem['outcome']> = new Set(['refused', 'error', 'unproven'])

function notStarted(reason: string): Ended {
  return { outcome: 'not-started', reason }
}

async function runUnit({ item, run }: Unit, total: number, parts: TrainParts): Promise<Ended> {
  const tell = (state: 'start' | 'done' | 'failed', note: string) =>
    parts.onStep({ kind: 'item', item, state, note, total, requests: parts.requests() })
  tell('start', '')
  const tally: RequestTally = { requests: 0 }
  const onStep = (step: Step) => parts.onStep({ kind: 'item', item, state: 'within', step: step as OwnStep })
  const end = await tallied(tally, () => run({ onStep, requests: () => tally.requests })).catch(
    (error: unknown) => failedItem(error, parts.signal.aborted),
  )
  tell(GOOD.has(end.outcome) ? 'done' : 'failed', noteOf(end))
  return end
}

function noteOf({ outcome, error, promotion }: Ended): string {
  const gate = promotion?.verdict.gates.find(({ result }) => result !== 'pass' && result !== 'waived')
  const why = error ? `${error.code}: ${error.message}` : gate && `${gate.gate}: ${gate.reason}`
  return why ? `${outcome}; ${why}` : outcome
}
