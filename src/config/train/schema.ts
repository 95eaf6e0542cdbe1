import * as z from 'zod'
import { environmentName } from '../../policy/schema.ts'
import { applicationName } from '../schema.ts'

const text = z.string().min(1)
const oneOrMore = <T extends z.ZodType>(item: T) =>
  z.union([item, z.array(item).min(1)]).transform((given) => (Array.isArray(given) ? given : [given]))

const tag = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'expected a tag: letters, digits, _ . - and at most 128')

/** A name of waybill.yaml, or a pattern over them: `*` and `?` as in file names. */
const applicationPattern = z
  .string()
  .refine((given) => /[*?]/.test(given) || applicationName.safeParse(given).success, {
    error: 'expected the name of an application, or a pattern with * or ?',
  })

const promotion = z.strictObject({
  application: oneOrMore(applicationPattern).describe('Names of waybill.yaml or patterns such as shop-*.'),
  to: oneOrMore(environmentName).describe('Environment the digest goes to; a list is taken in its order.'),
  from: environmentName.optional().describe('Upstream environment, when there are several.'),
  image: text.optional().describe('Reference, tag or digest (default: what is upstream now).'),
  version: text.optional().describe('Version for the tags (default: what the image says).'),
  reason: text.optional().describe('Why; kept in the record.'),
  requestedBy: text.optional().describe('Who asked; kept in the record.'),
  ticket: text.optional().describe('The change ticket, for gates that ask about it.'),
})

const image = z.strictObject({
  source: text.describe('Image reference, or a repository whose tags are named by `tags`; or layout:DIR.'),
  destination: oneOrMore(text).describe('Repository, or several.'),
  tags: z.array(tag).min(1).optional().describe('Tags that must never name another digest.'),
  floating: z.array(tag).min(1).optional().describe('Tags that may be moved, such as stable.'),
  referrers: z.boolean().default(true).describe('Everything signed about the image too.'),
})

/** `train.yaml` as written. */
export const trainSchema = z.strictObject({
  version: z.literal(1),
  concurrency: z.int().min(1).max(256).default(16).describe('Items under way at once.'),
  stopOnFailure: z.boolean().default(false).describe('Start nothing more after the first failure.'),
  promotions: z
    .array(promotion)
    .default([])
    .describe('Applications of waybill.yaml, with gates and records.'),
  images: z.array(image).default([]).describe('Plain copies, without gates and without records.'),
})

export type TrainText = z.output<typeof trainSchema>
