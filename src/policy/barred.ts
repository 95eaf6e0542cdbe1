import type { Barred, BarredByRecords } from './facts.ts'
import type { HoldFact, HoldScene } from './holds.ts'
import { holdsOf, orderedOn } from './holds.ts'

/**
 * The digests that are barred now: those the records say were rolled away from, and those somebody barred by a
 * standing order, without those that were admitted later. At the same time the bar stands.
 */
export function barredNow(records: BarredByRecords | undefined, scene: HoldScene): readonly Barred[] {
  const { read } = holdsOf(scene)
  const rolledBack = (records?.entries ?? []).map(({ digest, sequence, since, reason }) => ({
    digest,
    since,
    reason,
    by: `record ${sequence}`,
    payload: records?.payload ?? digest,
  }))
  const ordered = read.flatMap(barredBy)
  const all = [...rolledBack, ...ordered].filter((one) => !isAdmitted(one, read))
  const newestLast = all.toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since))
  return [...new Map(newestLast.map((one) => [one.digest, one])).values()]
}

function barredBy(order: HoldFact): readonly Barred[] {
  const { quarantine = [], createdOn } = order.predicate
  const { payload, signer } = order
  const since = orderedOn(order).at?.toISOString() ?? createdOn
  return quarantine.map((one) => ({ ...one, since, payload, by: signer.identity ?? signer.id }))
}

function isAdmitted({ digest, since }: Barred, orders: readonly HoldFact[]): boolean {
  return orders.some((order) => {
    const admits = order.predicate.admit?.some((one) => one.digest === digest) ?? false
    return admits && (orderedOn(order).at?.getTime() ?? 0) > Date.parse(since)
  })
}
