import * as z from 'zod'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { pass, quote, refuse } from '../judgement.ts'

/** None; the gate only may be named. */
export const quarantineOptions = z.strictObject({}).transform((): object => ({}))

/** The digest was not rolled away from here, nor barred by a standing order, or it was let in again since. */
export function judgeQuarantine(_options: object, facts: Facts): Judgement {
  const barred = facts.quarantined.find(({ digest }) => digest === facts.image.digest)
  if (!barred) return pass('It is not barred here.', [])
  const { by, since, reason } = barred
  const how = by.startsWith('record ') ? `Rolled away from by ${by}` : `Barred by ${by}`
  const why = reason ? `: ${quote(reason)}` : ''
  return refuse(`${how} on ${since}${why}; waybill hold --admit lets it in again.`, [barred])
}
