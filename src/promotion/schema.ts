import * as z from 'zod'
import { isReservedTag, isTag } from '../oci/index.ts'
import { duration } from '../policy/index.ts'

/** A human tag of an environment, before its variables are filled. */
export interface TagTemplate {
  /** E.g. `{version}-rc.{n}`. */
  readonly text: string
  /** immutable: names one digest for ever, for it holds a commit or a full version. floating: moves forward. */
  readonly mobility: 'immutable' | 'floating'
}

const SAMPLES: Readonly<Record<string, string>> = {
  '{commit}': '0123abcd',
  '{sha}': '0123456789abcdef0123456789abcdef01234567',
  '{short}': '0123abc',
  '{version}': '1.2.3',
  '{major}': '1',
  '{minor}': '2',
  '{patch}': '3',
  '{n}': '1',
}

/** One entry of `tags`: text with {commit} (8 digits), {short} (7), {sha} (all), {version}, {major}, {minor}, {patch}, {n} (counter per version). */
export const tagSchema = z
  .string()
  .superRefine((text, context) => {
    const flaw = flawOf(text)
    if (flaw) context.addIssue({ code: 'custom', message: flaw })
  })
  .transform((text): TagTemplate => ({ text, mobility: mobilityOf(text) }))

/** The `tags` list of an environment. */
export const tagsSchema = z.array(tagSchema).superRefine((tags, context) => {
  for (const [index, { text }] of tags.entries()) {
    if (tags.findIndex((tag) => tag.text === text) === index) continue
    context.addIssue({ code: 'custom', path: [index], message: `found the tag "${text}" twice` })
  }
})

/** The `prove` list of an environment: what shows that it works with a new digest. */
export const proveSchema = z.array(
  z.strictObject({
    command: z
      .string()
      .min(1)
      .describe(
        'Run by /bin/sh in the directory of waybill.yaml. Exit code 0 = passed; anything else = failed.',
      ),
    timeout: duration.prefault('10m').describe('How long it may take, e.g. 10m. Longer = failed.'),
  }),
)

/** One prove command; `timeout` in milliseconds. */
export type ProveCommand = z.output<typeof proveSchema>[number]

function mobilityOf(text: string): TagTemplate['mobility'] {
  const whole =
    text.includes('{version}') || ['{major}', '{minor}', '{patch}'].every((part) => text.includes(part))
  return whole || /\{(?:commit|sha|short)\}/.test(text) ? 'immutable' : 'floating'
}

function flawOf(text: string): string | undefined {
  const variables = text.match(/\{[^{}]*\}/g) ?? []
  const unknown = variables.find((variable) => !(variable in SAMPLES))
  if (unknown)
    return `found the variable ${unknown} in "${text}", expected one of ${Object.keys(SAMPLES).join(', ')}`
  const counters = variables.filter((variable) => variable === '{n}').length
  if (counters > 1) return `found {n} ${counters} times in "${text}", expected once`
  if (counters === 1 && !text.includes('{version}'))
    return `found {n} without {version} in "${text}", expected both: {n} counts per version`
  const sample = text.replaceAll(/\{[^{}]*\}/g, (variable) => SAMPLES[variable] ?? '')
  if (!isTag(sample))
    return `found "${text}", expected a tag: letters, digits, _ . - and at most 128 characters`
  if (isReservedTag(sample))
    return `found "${text}", but tags starting promotions., standing. or sha256- are reserved`
  return undefined
}
