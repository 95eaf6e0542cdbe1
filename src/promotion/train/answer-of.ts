import type { CopyCounts } from '../outcome.ts'
import type { HostTotals, ItemOutcome, TrainAnswer, TrainItem, TrainSummary } from '../train-answer.ts'

interface Ride {
  readonly dryRun: boolean
  readonly interrupted: boolean
  readonly hosts: readonly HostTotals[]
  readonly requests: number
}

/** The items of a train as one answer. */
export function answerOf(items: readonly TrainItem[], ride: Ride): TrainAnswer {
  const { dryRun, interrupted, hosts, requests } = ride
  const summary = summaryOf(items, requests)
  return { kind: 'train', outcome: worst(summary, interrupted), dryRun, interrupted, summary, hosts, items }
}

function worst(summary: TrainSummary, interrupted: boolean): TrainAnswer['outcome'] {
  if (interrupted || summary.error > 0) return 'error'
  if (summary.refused + summary.unproven > 0) return 'refused'
  return summary.pending > 0 ? 'pending' : 'done'
}

function summaryOf(items: readonly TrainItem[], requests: number): TrainSummary {
  const ended = (outcome: ItemOutcome) => items.filter((item) => item.outcome === outcome).length
  const copies = items.flatMap(({ promotion, image }) => promotion?.copy ?? image?.copy ?? [])
  const sum = (count: Exclude<keyof CopyCounts, 'serverSide'>) =>
    copies.reduce((total, copy) => total + copy[count], 0)
  return {
    items: items.length,
    promoted: ended('promoted'),
    copied: ended('copied'),
    already: ended('already'),
    planned: ended('planned'),
    unproven: ended('unproven'),
    refused: ended('refused'),
    pending: ended('pending'),
    error: ended('error'),
    notStarted: ended('not-started'),
    manifests: sum('manifests'),
    blobs: sum('blobs'),
    bytes: sum('bytes'),
    mounted: sum('mounted'),
    requests,
  }
}
