import { reportIn } from '../attestation/index.ts'
import type { Dated } from './freshness.ts'
import { dateOf } from './freshness.ts'
import type { Fact } from './predicates.ts'
import { textAt } from './ticket-rule.ts'

/**
 * When a statement of any type was made: the path asked for, else the report behind it, else the fields that third
 * parties use (`finishedOn`, `timestamp`). docs/guide/third-party-gates.md promises these.
 */
export function datedBy(fact: Pick<Fact<unknown>, 'statement' | 'provenOn'>, path?: string): Dated {
  const { predicate } = fact.statement
  const claimed =
    path === undefined
      ? (reportIn(predicate)?.finishedOn ?? textAt(predicate, 'finishedOn') ?? textAt(predicate, 'timestamp'))
      : textAt(predicate, path)
  return dateOf(fact, claimed)
}

/**
 * Those that may be the last word: the newest, all of the same time, and every one without a time, because nobody can
 * tell that it is older.
 */
export function lastOf<T>(all: readonly T[], dated: (one: T) => Dated): readonly T[] {
  const times = all.map((one) => dated(one).at?.getTime())
  const newest = times.reduce<number>((latest, time = -Infinity) => Math.max(latest, time), -Infinity)
  return all.filter((_, index) => times[index] === undefined || times[index] === newest)
}
