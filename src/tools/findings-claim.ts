import { limits } from '../base/index.ts'
import { REPORT, predicateTypes } from '../attestation/index.ts'
import type { Finding, ReportFacts, ReportKind, Severity, TestResult } from '../attestation/index.ts'
import { hexOf } from '../oci/index.ts'
import type { RawReport, ReportClaim, ReportHints } from './report-reader.ts'
import { known } from './report-shape.ts'

/** What one tool complained about. */
export interface Complaints {
  readonly format: string
  readonly kind: ReportKind
  readonly tool: {
    readonly name: string
    readonly version?: string | undefined
    readonly uri?: string | undefined
  }
  readonly findings: readonly Finding[]
  /** Set aside, when the report counts more of them than it lists. */
  readonly suppressed?: number
  /** The report's own name for the scan. */
  readonly name?: string | undefined
  readonly startedOn?: string | undefined
  readonly finishedOn?: string | undefined
}

/**
 * Findings of a tool → a test-result predicate: FAILED with a critical, high or unrated one, WARNED with any other,
 * PASSED with none. Suppressed ones are listed and counted and decide nothing here. Counts: `findings`, one for each
 * severity, and `suppressed`. What stands comes first and worst first, so a list that is cut loses the least.
 */
export function findingsClaim(given: Complaints, report: RawReport, hints: ReportHints): ReportClaim {
  const told = { ...given, findings: given.findings.map((finding) => hinted(finding, hints)) }
  const live = told.findings.filter(({ suppressed }) => suppressed === undefined)
  const counts = countsOf(told, live)
  const name = hints.suite ?? told.name ?? told.kind
  const listed = told.findings.toSorted((a, b) => rank(a) - rank(b)).slice(0, limits.findingsPerReport)
  const facts: ReportFacts = {
    kind: told.kind,
    tool: {
      name: told.tool.name,
      ...known({ version: told.tool.version ?? hints.toolVersion, uri: told.tool.uri }),
    },
    format: told.format,
    digest: report.digest,
    ...known({ startedOn: told.startedOn, finishedOn: told.finishedOn ?? hints.finishedOn }),
    counts,
    findings: listed,
    ...(told.findings.length > listed.length && { findingsInAll: told.findings.length }),
  }
  const predicate: TestResult = {
    result: resultOf(live),
    configuration: [{ name, digest: { sha256: hexOf(report.digest) }, annotations: counts }],
    failedTests: rules(live, true),
    warnedTests: rules(live, false),
  }
  return {
    format: told.format,
    kind: told.kind,
    predicateType: predicateTypes['test-result'],
    predicate: { ...predicate, [REPORT]: facts },
    about: [],
    summary: `${told.tool.name} (${name}): ${live.length} found, ${counts.suppressed} suppressed`,
  }
}

/** A finding with what the caller knows: which place is meant, and whether it was set aside. */
export function hinted(finding: Finding, { base, setAside }: ReportHints): Finding {
  const { location } = finding
  const isWithin = base !== undefined && location?.startsWith(base) === true
  const placed = isWithin ? { ...finding, location: location?.slice(base.length) } : finding
  return { ...placed, ...known({ suppressed: placed.suppressed ?? setAside?.(placed) }) }
}

/** Worst first; what nobody rated may be the worst. */
const ORDER: readonly Severity[] = ['critical', 'high', 'unknown', 'medium', 'low', 'negligible']

function rank({ severity, suppressed }: Finding): number {
  return ORDER.indexOf(severity) + (suppressed === undefined ? 0 : ORDER.length)
}

function isGrave({ severity }: Finding): boolean {
  return ORDER.indexOf(severity) <= ORDER.indexOf('unknown')
}

function resultOf(live: readonly Finding[]): TestResult['result'] {
  if (live.some(isGrave)) return 'FAILED'
  return live.length > 0 ? 'WARNED' : 'PASSED'
}

function rules(live: readonly Finding[], grave: boolean): string[] {
  const ids = live.filter((finding) => isGrave(finding) === grave).map(({ id }) => id)
  return [...new Set(ids)].slice(0, 500)
}

function countsOf(told: Complaints, live: readonly Finding[]) {
  const rated = ORDER.map(
    (severity) => [severity, live.filter((one) => one.severity === severity).length] as const,
  )
  return {
    findings: live.length,
    ...Object.fromEntries(rated),
    suppressed: Math.max(told.suppressed ?? 0, told.findings.length - live.length),
  }
}
