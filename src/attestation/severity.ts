import { severities } from './report.ts'
import type { Severity } from './report.ts'

const WORDS = new Map<string, Severity>([
  ...severities.map((word) => [word, word] as const),
  ['important', 'high'],
  ['moderate', 'medium'],
  ['minor', 'low'],
  ['unimportant', 'negligible'],
  ['none', 'negligible'],
])

/** A tool's word (`CRITICAL`, `Moderate`) → our scale; undefined when it is no such word. */
export function severityOfWord(word: string): Severity | undefined {
  return WORDS.get(word.trim().toLowerCase())
}

/** CVSS score, 0 to 10 → the qualitative scale of CVSS v3.1 §5. */
function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'negligible'
}

/** What tools' words say, the worst of them; what nobody has a word for goes by its CVSS score. */
export function rateSeverity(words: readonly string[], score: number | undefined): Severity {
  const worst = worstSeverity(words.flatMap((word) => severityOfWord(word) ?? []))
  return worst === 'unknown' && score !== undefined ? severityOfScore(score) : worst
}

/** The worst of these; `unknown` when there is none, and when nobody knows. */
export function worstSeverity(given: readonly Severity[]): Severity {
  return severities.find((word) => given.includes(word)) ?? 'unknown'
}

/** Negative when `a` is worse than `b`. */
export function bySeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b)
}
