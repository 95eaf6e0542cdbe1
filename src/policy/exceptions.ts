import * as z from 'zod'
import type { Exceptions } from './exception-rules.ts'
import { gates } from './gates.ts'
import { duration, headcount, nonEmpty } from './options.ts'
import { NEVER_WAIVED } from './waivable.ts'

const kinds = Object.keys(gates).filter((kind) => !NEVER_WAIVED.includes(kind))

const waive = z.strictObject({
  roles: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe(
      'Only people with one of these roles (trust policy) may waive. Default: any who may assert waiver.',
    ),
  maxDuration: duration.prefault('30d').describe('A waiver that is to last longer does not count.'),
  gates: z
    .array(z.enum(kinds))
    .optional()
    .describe('Only these gates may be waived. Default: all but provenance, signature, approval and freeze.'),
  notAuthor: z.boolean().default(true).describe("The commit's author cannot waive for their own change."),
})

const breakGlass = z.strictObject({
  roles: z.array(nonEmpty).min(1).describe('Only people with one of these roles (trust policy) may.'),
  count: headcount.describe('How many distinct people it takes.'),
  maxAge: duration
    .prefault('4h')
    .describe('How long such a statement counts at most, whatever it says itself.'),
  notAuthor: z.boolean().default(false).describe("The commit's author does not count."),
})

/** The `exceptions` of an environment, as waybill.yaml has them. */
export const exceptionsSchema: z.ZodType<Exceptions> = z.strictObject({
  waive: waive.optional().describe('Who may waive findings or gates, and for how long.'),
  breakGlass: breakGlass
    .optional()
    .describe('Who may force a digest in. Without it nobody can: default deny.'),
})
