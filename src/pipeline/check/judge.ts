import { bySeverity, fixOf, reportIn, vulnerabilityScan } from '../../attestation/index.ts'
import type { Finding, Severity, Vulnerability } from '../../attestation/index.ts'
import type { ReportClaim } from '../../tools/index.ts'
import type { CheckResult } from '../check-outcome.ts'
import type { Rule } from './planned-check.ts'

const SHOWN = 100
export const IGNORED = 'ignore in waybill.yaml'

/** What is to be said of claims under a rule. */
export type Judged = Pick<CheckResult, 'result' | 'reason' | 'findings' | 'setAside' | 'counts' | 'kinds'>

/** Do these findings fail the check? What nobody rated counts: it may be the worst. */
export function judge(claims: readonly ReportClaim[], rule: Rule): Judged {
  const perClaim = claims.map((claim) => ({ claim, found: findingsIn(claim, rule) }))
  const found = perClaim.flatMap((one) => one.found)
  const aside = found.filter(({ suppressed }) => suppressed !== undefined)
  const live = found.filter(({ suppressed }) => suppressed === undefined)
  const counted = live.filter(({ severity }) => counts(severity, rule))
  const suppressed = perClaim.reduce((sum, one) => sum + suppressedIn(one), 0)
  const more = perClaim.reduce((sum, one) => sum + unlisted(one), 0)
  const numbers = {
    found: live.length + more + suppressed,
    // What is not listed may count.
    counted: counted.length + more,
    mild: live.length - counted.length,
    suppressed,
  }
  return {
    result: numbers.counted > 0 ? 'fail' : 'pass',
    reason: reasonOf(numbers, claims),
    findings: worstFirst(counted),
    setAside: worstFirst(aside),
    counts: numbers,
    kinds: [...new Set(claims.map(({ kind }) => kind))],
  }
}

function counts(severity: Severity, { block }: Rule): boolean {
  return block === 'any' || severity === 'unknown' || block.includes(severity)
}

function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => bySeverity(a.severity, b.severity)).slice(0, SHOWN)
}

function reasonOf(
  { counted, mild, suppressed }: CheckResult['counts'],
  claims: readonly ReportClaim[],
): string {
  const told = claims.filter(({ kind }) => kind === 'tests' || kind === 'coverage' || kind === 'quality')
  if (told.length > 0 && counted === 0) return told.map(({ summary }) => summary).join('; ')
  const parts = [
    ...(counted > 0 ? [`${counted} ${counted === 1 ? 'finding counts' : 'findings count'}`] : []),
    ...(mild > 0 ? [`${mild} milder`] : []),
    ...(suppressed > 0 ? [`${suppressed} set aside`] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : 'ran, and found nothing'
}

/** Everything a claim complains about, as findings. */
function findingsIn(claim: ReportClaim, rule: Rule): readonly Finding[] {
  const { predicate, predicateType, kind } = claim
  const scan = vulnerabilityScan({ predicateType, predicate } as Parameters<typeof vulnerabilityScan>[0])
  if (scan) return scan.vulnerabilities.map((one) => vulnerabilityFinding(one, rule))
  const listed = reportIn(predicate)?.findings
  if (listed) return listed
  const failed = predicate.result === 'FAILED' ? namesIn(predicate.failedTests) : []
  const names = predicate.result === 'FAILED' && failed.length === 0 ? [`${kind} failed`] : failed
  return names.map((id) => ({ id, severity: 'high' }))
}

// Signed as found all the same: exceptions of a vulnerability are for VEX, waivers and the gate's own settings.
function vulnerabilityFinding(found: Vulnerability, { ignore, ignoreUnfixed }: Rule): Finding {
  const { id, severity, package: where, fixedIn, state } = found
  const name = where && [where.name, where.version].filter(Boolean).join(' ')
  const title = fixedIn.length > 0 ? `fixed in ${fixedIn.join(', ')}` : (state ?? 'no fix known')
  const unfixed = ignoreUnfixed && fixOf(found) === 'none' ? 'no fix yet' : undefined
  const suppressed = ignore.includes(id) ? IGNORED : unfixed
  return { id, severity, title, ...(name && { location: name }), ...(suppressed && { suppressed }) }
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

interface FoundIn {
  readonly claim: ReportClaim
  readonly found: readonly Finding[]
}

function suppressedIn({ claim, found }: FoundIn): number {
  const listed = found.filter(({ suppressed }) => suppressed !== undefined).length
  return Math.max(listed, reportIn(claim.predicate)?.counts?.suppressed ?? 0)
}

/** Findings that are counted only: a report lists the worst. */
function unlisted({ claim, found }: FoundIn): number {
  return Math.max(0, (reportIn(claim.predicate)?.findingsInAll ?? 0) - found.length)
}
