import type { KnownVulnerability, Severity } from '../../attestation/index.ts'
import { bySeverity, fixOf } from '../../attestation/index.ts'

/** Which vulnerabilities block. */
export interface Rules {
  /** The mildest of these and everything worse; `none`: severity alone never blocks. */
  readonly block: readonly (Severity | 'none')[]
  readonly cvss?: number | undefined
  readonly epss?: number | undefined
  readonly knownExploited?: boolean | undefined
  readonly unknown: 'block' | 'allow'
  readonly ignoreUnfixed: boolean
}

/** The highest score a severity can stand for, where the scanner names a word and no number. */
const TOP: Readonly<Record<Severity, number>> = {
  critical: 10,
  high: 8.9,
  medium: 6.9,
  low: 3.9,
  negligible: 0,
  unknown: 0,
}

/** Why it blocks, in a few words; undefined when it does not. */
export function whyBlocked(found: KnownVulnerability, rules: Rules): string | undefined {
  // No fix to wait for does not make an attack that is under way any less of one.
  if (rules.knownExploited !== false && found.knownExploited) return 'known to be exploited'
  if (rules.ignoreUnfixed && fixOf(found) === 'none') return undefined
  const { severity, score, epss } = found
  if (isBlockedSeverity(severity, rules)) return severity
  if (rules.cvss !== undefined && (score ?? TOP[severity]) >= rules.cvss)
    return score === undefined ? `${severity}, no CVSS score` : `CVSS ${score}`
  if (rules.epss !== undefined && epss !== undefined && epss >= rules.epss) return `EPSS ${epss}`
  return severity === 'unknown' && rules.unknown === 'block' ? 'of unknown severity' : undefined
}

function isBlockedSeverity(severity: Severity, { block }: Rules): boolean {
  return severity !== 'unknown' && block.some((word) => word !== 'none' && bySeverity(severity, word) <= 0)
}

/** What was asked of scanners that do not say it; undefined when they do, or nothing depends on it. */
export function leftUnsaid(found: readonly KnownVulnerability[], rules: Rules): string | undefined {
  if (found.length === 0) return undefined
  if (rules.epss !== undefined && found.every((one) => one.epss === undefined)) return 'EPSS'
  if (rules.knownExploited && found.every((one) => one.knownExploited === undefined))
    return 'which vulnerabilities are known to be exploited'
  return undefined
}

/** `critical or high, CVSS 7 and more, known to be exploited`. */
export function describeRules({ block, cvss, epss, knownExploited, unknown, ignoreUnfixed }: Rules): string {
  const [mildest] = block
    .flatMap((word) => (word === 'none' ? [] : word))
    .toSorted((a, b) => bySeverity(b, a))
  const parts = [
    mildest && (mildest === 'critical' ? 'critical' : `${mildest} or worse`),
    cvss !== undefined && `CVSS ${cvss} or more`,
    epss !== undefined && `EPSS ${epss} or more`,
    knownExploited !== false && 'known to be exploited',
    unknown === 'block' && 'of unknown severity',
  ]
  return `${parts.filter(Boolean).join(', ')}${ignoreUnfixed ? '; without a fix let through' : ''}`
}
