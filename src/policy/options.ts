import * as z from 'zod'
import { parseDuration } from '../base/index.ts'

/** `30m`, `24h`, `7d`, `1h30m` in files; milliseconds in values. */
export const duration = z
  .string()
  .regex(/^(\d{1,9}[smhd])+$/, 'expected a duration such as 30m, 24h or 7d')
  .transform((text) => parseDuration(text) ?? 0)

/** One value or a list of them in files; always a list in values. */
export function oneOrMore<T extends z.ZodType>(schema: T) {
  return z
    .union([schema, z.array(schema).min(1)])
    .transform((value) => (Array.isArray(value) ? value : [value]) as z.output<T>[])
}

export const environmentName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(?:-+[a-z0-9]+)*$/, 'expected lower-case letters, digits and inner dashes')

/** How many distinct people or signers. */
export const headcount = z.int().min(1).max(100).default(1)

export const nonEmpty = z.string().min(1)

/** A repository's address. Reasons and signed records repeat it, so it may hold no secret; the message does not either. */
export const sourceAddress = nonEmpty.refine(
  (text) => !/^https?:\/\/[^/]*@|:\/\/[^/@]*:[^/@]*@/i.test(text),
  {
    error: 'expected an address without user name and password',
  },
)
