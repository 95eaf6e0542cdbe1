import * as z from 'zod'
import type { Facts } from '../facts.ts'
import { newestFirst, staleness } from '../freshness.ts'
import { holdInForce, holdsOf, holdText, isFutureOrder, latestHold, orderedOn } from '../holds.ts'
import type { HoldFact } from '../holds.ts'
import type { Judgement } from '../judgement.ts'
import { count, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration } from '../options.ts'
import { unusableNote } from '../predicates.ts'

export const holdOptions = z.strictObject({
  maxAge: duration
    .optional()
    .describe('Somebody must have said held, released or clear within this time; else nothing comes in.'),
})

export type HoldOptions = z.output<typeof holdOptions>

/**
 * Nobody who may hold this place holds it. The latest of held and released counts, whoever of them said it. A signed
 * order can be withheld by whoever can write the tag: with `maxAge` silence is no answer.
 */
export function judgeHold({ maxAge }: HoldOptions, facts: Facts): Judgement {
  const { read, unreadable } = holdsOf(facts)
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed standing order')} cannot be read.`, unreadable)
  const future = read.filter((order) => isFutureOrder(order, facts.now))
  const [early] = future
  if (early)
    return unclear(
      `A standing order of ${early.signer.id} is dated ${early.predicate.createdOn}, which is in the future.`,
      future,
    )
  const held = holdInForce(read, facts.now)
  if (held) return stopped(held)
  const note = unusableNote({ valid: [], unusable: facts.standingUnusable ?? [] }, 'hold')
  return maxAge === undefined ? free(read, note) : fresh(read, maxAge, facts, note)
}

function stopped(held: HoldFact): Judgement {
  const { until, reason } = held.predicate
  const said = `It is ${holdText(held)}: ${quote(reason)}.`
  if (until === undefined) return refuse(said, [held])
  return { result: 'pending', reason: said, evidence: [held.payload], earliest: until }
}

function free(orders: readonly HoldFact[], note: string): Judgement {
  const latest = latestHold(orders)
  if (!latest) return pass(`Nobody holds it${note}.`, [])
  const { state, createdOn, until } = latest.predicate
  const who = latest.signer.identity ?? latest.signer.id
  const how = state === 'held' ? `The hold of ${who} ended on ${until}` : `Released by ${who} on ${createdOn}`
  return pass(`${how}${note}.`, [latest])
}

function fresh(orders: readonly HoldFact[], maxAge: number, facts: Facts, note: string): Judgement {
  const told = orders.filter(({ predicate }) => predicate.state !== undefined)
  const [newest] = newestFirst(told, orderedOn)
  if (!newest)
    return unclear(
      `Nobody has said whether it is held, and silence is no answer here${note}; run waybill hold.`,
    )
  const stale = staleness(orderedOn(newest), maxAge, facts.now)
  const who = newest.signer.identity ?? newest.signer.id
  const what = `The latest word (${newest.predicate.state}, by ${who})`
  if (stale) return unclear(`${what} ${stale}${note}; run waybill hold.`, [newest])
  return pass(`Nobody holds it. ${what} is from ${newest.predicate.createdOn}${note}.`, [newest])
}
