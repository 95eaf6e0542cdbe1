import * as z from 'zod'
import { nonEmpty, oneOrMore } from './options.ts'
import { licenceParser } from './spdx-licence.ts'
import type { Licence } from './spdx-licence.ts'

/** An SPDX id, with `+` or an exception at most; a name that is on no list is an error where it is written. */
const licence = nonEmpty.max(200).transform(async (text, context): Promise<Licence> => {
  const parse = await licenceParser()
  const read = parse(text)
  if (read && 'licence' in read) return read.licence
  const message = read
    ? `found the expression "${text}", expected one licence; write each on its own`
    : `found "${text}", expected an SPDX licence id such as MIT or GPL-3.0-only`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const exception = nonEmpty.max(200).refine(async (text) => {
  const parse = await licenceParser()
  return parse(`GPL-2.0-only WITH ${text}`) !== undefined
}, 'expected an SPDX licence exception such as Classpath-exception-2.0')

export const licencesOptions = z.strictObject({
  allow: z
    .array(licence)
    .min(1)
    .optional()
    .describe('SPDX ids that may be used, and no others. Default: all that are not denied.'),
  deny: z
    .array(licence)
    .default([])
    .describe('SPDX ids that may not be used, even if allowed. GPL-1.0-or-later names every version.'),
  exceptions: z
    .array(exception)
    .default([])
    .describe('Exceptions under which a denied licence may be used, e.g. Classpath-exception-2.0.'),
  unknown: z
    .enum(['deny', 'allow', 'waive'])
    .default('deny')
    .describe('No licence stated, or none that SPDX knows: denied, allowed, or let through as waived.'),
  ignore: z
    .array(
      z.strictObject({
        packages: oneOrMore(nonEmpty).describe('Purls without version, or names; * and ** are wildcards.'),
        reason: nonEmpty.describe('Why these packages need no look.'),
      }),
    )
    .max(50)
    .default([])
    .describe('Packages that are left out, and why.'),
})

export type LicencesOptions = z.output<typeof licencesOptions>
