import * as z from 'zod'
import { timestamp } from '../../base/index.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { pass, quote, refuse, unclear } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { instantOf, isReversed, parseMoment } from '../schedule/moment.ts'
import { openWallClock } from '../schedule/wall-clock.ts'

const moment = z.string().transform((text, context) => {
  const parsed = parseMoment(text)
  if (parsed) return parsed
  context.addIssue({
    code: 'custom',
    message:
      'expected a time such as 2027-01-04T08:00:00Z, "2027-01-04 08:00 Europe/Berlin" or "2027-01-04 UTC"',
  })
  return z.NEVER
})

const freeze = z
  .strictObject({
    name: nonEmpty.max(100).optional().describe('What the freeze is called.'),
    reason: nonEmpty.max(400).describe('Why; shown to whoever is stopped by it.'),
    from: moment.optional().describe('When it begins. Default: it has begun.'),
    until: moment.describe('When it ends; from then on promotion goes on.'),
  })
  .refine(({ from, until }) => !from || !isReversed(from, until), 'expected "from" before "until"')

const stop = z.strictObject({
  stop: z.boolean().describe('true: nothing goes in until somebody takes this away.'),
  reason: nonEmpty.max(400).describe('Why; shown to whoever is stopped by it.'),
})

export const freezeOptions = z.union([freeze, stop, z.array(freeze).min(1)]).transform((given) => {
  if (Array.isArray(given)) return { freezes: given, stop: undefined }
  return 'stop' in given
    ? { freezes: [], stop: given.stop ? given.reason : undefined }
    : { freezes: [given], stop: undefined }
})

export type FreezeOptions = z.output<typeof freezeOptions>

/** Nothing is promoted during a freeze. One with an end is waited for; an emergency stop has none and is a no. */
export async function judgeFreeze(options: FreezeOptions, facts: Facts): Promise<Judgement> {
  if (options.stop !== undefined)
    return refuse(`Stopped: ${quote(options.stop)}. Nothing goes in until the stop is taken away.`)
  const clock = await openWallClock()
  const spans = options.freezes.map((one) => ({
    ...one,
    begins: one.from ? instantOf(one.from, 'begin', clock) : -Infinity,
    ends: instantOf(one.until, 'end', clock),
  }))
  const reversed = spans.find(({ begins, ends }) => begins >= ends)
  if (reversed) return unclear(`The freeze ${quote(reversed.name ?? reversed.reason)} ends before it begins.`)
  const inForce = (at: number) => spans.filter(({ begins, ends }) => begins <= at && at < ends)
  const now = facts.now.getTime()
  const active = inForce(now)
  if (active.length === 0) return pass('No freeze.', [])
  // One freeze may begin before another ends.
  let end = now
  for (let next = active; next.length > 0; next = inForce(end))
    end = Math.max(...next.map(({ ends }) => ends))
  const earliest = timestamp(new Date(Math.ceil(end / 1000) * 1000))
  const why = active.map(({ name, reason }) => (name ? `${quote(name)}: ${quote(reason)}` : quote(reason)))
  return { result: 'pending', reason: `Frozen until ${earliest}: ${why.join('; ')}.`, evidence: [], earliest }
}
