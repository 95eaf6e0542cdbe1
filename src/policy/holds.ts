import type { Hold } from '../attestation/index.ts'
import { hold, predicateTypes } from '../attestation/index.ts'
import type { Facts } from './facts.ts'
import { dateOf, newestFirst } from './freshness.ts'
import type { Dated } from './freshness.ts'
import { CLOCK_SKEW } from './judgement.ts'
import type { Fact, Facts as ReadFacts } from './predicates.ts'
import { readFacts } from './predicates.ts'

/** A standing order of this place that can be read. */
export type HoldFact = Fact<Hold>

/** What standing orders are judged by. */
export type HoldScene = Pick<Facts, 'application' | 'environment' | 'standing'>

/** The standing orders of this place about holding, barring and admitting. */
export function holdsOf({ application, environment, standing }: HoldScene): ReadFacts<Hold> {
  const orders = standing.filter(({ predicateType }) => predicateType === predicateTypes.hold)
  const { read, unreadable } = readFacts(orders, hold)
  const isHere = ({ predicate }: HoldFact) =>
    predicate.application === application && predicate.environment === environment
  return { read: read.filter(isHere), unreadable }
}

export function orderedOn(order: HoldFact): Dated {
  return dateOf(order, order.predicate.createdOn)
}

export function isFutureOrder(order: HoldFact, now: Date): boolean {
  return (orderedOn(order).at?.getTime() ?? 0) > now.getTime() + CLOCK_SKEW
}

/** The order that says whether the place is held: the latest `held` or `released`, and on a tie `held`. */
export function latestHold(orders: readonly HoldFact[]): HoldFact | undefined {
  const heldFirst = ['held', 'released'] as const
  const told = heldFirst.flatMap((state) => orders.filter(({ predicate }) => predicate.state === state))
  return newestFirst(told, orderedOn)[0]
}

/** The order by which the place is held at this time; undefined when it is not. */
export function holdInForce(orders: readonly HoldFact[], now: Date): HoldFact | undefined {
  const latest = latestHold(orders)
  if (latest?.predicate.state !== 'held') return undefined
  const { until } = latest.predicate
  return until !== undefined && Date.parse(until) <= now.getTime() ? undefined : latest
}

/** `held by erin@example.com since … until …: "incident 7"`, without a full stop. */
export function holdText({ signer, predicate }: HoldFact): string {
  const until = predicate.until ? ` until ${predicate.until}` : ''
  return `held by ${signer.identity ?? signer.id} since ${predicate.createdOn}${until}`
}
