import * as z from 'zod'
import { printableLine, timestamp } from '../../base/index.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { pass, refuse } from '../judgement.ts'
import { oneOrMore } from '../options.ts'
import { isInside, nextOpening } from '../schedule/opening.ts'
import { formatSpan, parseSpan } from '../schedule/span.ts'
import { openWallClock } from '../schedule/wall-clock.ts'

const span = z
  .string()
  .max(200)
  .transform((text, context) => {
    const parsed = parseSpan(text)
    if (!('flaw' in parsed)) return parsed
    const message = printableLine(parsed.flaw)
    context.addIssue({ code: 'custom', message, params: { offset: parsed.offset } })
    return z.NEVER
  })

export const windowOptions = z
  .strictObject({
    allow: oneOrMore(span)
      .optional()
      .describe(
        'When promotion is allowed: days, dates and times, then the zone: "Mon-Thu 09:00-16:00 Europe/Berlin".',
      ),
    deny: oneOrMore(span).optional().describe('When it is not, whatever `allow` says.'),
  })
  .refine(({ allow, deny }) => allow !== undefined || deny !== undefined, 'expected allow, deny or both')

export type WindowOptions = z.output<typeof windowOptions>

/** Promotion is allowed by the clock on the wall of the zones that are named. Closed: it waits for the next opening. */
export async function judgeWindow(
  { allow = [], deny = [] }: WindowOptions,
  facts: Facts,
): Promise<Judgement> {
  const clock = await openWallClock()
  const now = facts.now.getTime()
  const within = (spans: typeof allow) => spans.find((one) => isInside(one, now, clock))
  const denied = within(deny)
  const allowed = within(allow)
  if (!denied && (allowed || allow.length === 0))
    return pass(allowed ? `Inside ${formatSpan(allowed)}.` : 'Outside every span that is denied.', [])
  const why = denied
    ? `Denied by ${formatSpan(denied)}`
    : `Outside ${allow.map(formatSpan).join(' and outside ')}`
  const opening = nextOpening({ allow, deny }, now, clock)
  if (opening === undefined) return refuse(`${why}; it does not open in the next three years.`)
  const earliest = timestamp(new Date(opening))
  return { result: 'pending', reason: `${why}; it opens on ${earliest}.`, evidence: [], earliest }
}
