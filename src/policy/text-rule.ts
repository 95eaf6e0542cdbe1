import * as z from 'zod'
import { matchesGlob } from './glob.ts'
import { nonEmpty } from './options.ts'

const MAX_PATTERN = 1_000
/** Longer values follow no glob and no pattern: matching takes time by their length. */
const MAX_VALUE = 10_000

/** How a value must be: exactly so, like a glob, like a pattern, or just there. */
export const textRule = z.union([
  z.string(),
  z.literal(true),
  z.strictObject({ glob: nonEmpty.describe('* and ? stay within one path segment, ** crosses them.') }),
  z.strictObject({
    pattern: nonEmpty
      .max(MAX_PATTERN)
      .refine(async (text) => {
        const { compilePattern } = await import('./cel/safe-matches.ts')
        return compilePattern(text) !== undefined
      }, 'expected a regular expression in RE2 syntax')
      .describe('Regular expression in RE2 syntax; the whole value must match.'),
  }),
])

export type TextRule = z.output<typeof textRule>

export async function followsRule(text: string, rule: TextRule): Promise<boolean> {
  if (rule === true) return text !== ''
  if (typeof rule === 'string') return text === rule
  if (text.length > MAX_VALUE) return false
  if ('glob' in rule) return matchesGlob(text, rule.glob)
  const { matchesWhole } = await import('./cel/safe-matches.ts')
  return matchesWhole(text, rule.pattern)
}

export function showRule(rule: TextRule): string {
  if (rule === true) return 'any value'
  if (typeof rule === 'string') return `"${rule}"`
  return 'glob' in rule ? rule.glob : `/${rule.pattern}/`
}
