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
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'negligible'
}

/** The worst of these; `unknown` when there is none, and when nobody knows. */
export function worstSeverity(given: readonly Severity[]): Severity {
  return severities.find((word) => given.includes(word)) ?? 'unknown'
}

/** Negative when `a` is worse than `b`. */
export function bySeverity(a: Severity, b: Severity): number {
  return severities.indexOf(a) - severities.indexOf(b)
}
