import { REPORT, predicateTypes } from '../attestation/index.ts'
import type { ReportFacts, TestResult } from '../attestation/index.ts'
import { hexOf } from '../oci/index.ts'
import type { RawReport, ReportClaim, ReportHints } from './report-reader.ts'
import { empty, known } from './report-shape.ts'

/** How many there are of something, and how many of them the tests reached. */
export interface Measure {
  readonly covered: number
  readonly total: number
}

/** What coverage tools count. JaCoCo's METHOD is a function. */
export type Measures = Readonly<
  Partial<Record<'line' | 'branch' | 'function' | 'instruction' | 'class', Measure>>
>

interface MeasuredOn {
  readonly startedOn?: string | undefined
  readonly finishedOn?: string | undefined
}

/**
 * Coverage → its claim. Counts by name: `line` (percent, rounded down), `lineCovered`, `lineTotal`, and so on.
 * The result is PASSED: it was measured. How much is enough is the gate's to say.
 * @throws REPORT_EMPTY when nothing was measured: 0 of 0 is no coverage
 */
export function coverageClaim(
  format: string,
  report: RawReport,
  measures: Measures,
  hints: ReportHints,
  on: MeasuredOn = {},
): ReportClaim {
  const counts = countsOf(measures)
  if (!Object.values(measures).some(({ total }) => total > 0))
    throw empty('Found no line and no branch that was measured, expected at least one.', report)
  const name = hints.suite ?? 'coverage'
  const told: ReportFacts = {
    kind: 'coverage',
    tool: { name: format, ...known({ version: hints.toolVersion }) },
    format,
    digest: report.digest,
    ...known({ startedOn: on.startedOn, finishedOn: on.finishedOn ?? hints.finishedOn }),
    counts,
  }
  const predicate: TestResult = {
    result: 'PASSED',
    configuration: [{ name, digest: { sha256: hexOf(report.digest) }, annotations: counts }],
  }
  return {
    format,
    kind: 'coverage',
    predicateType: predicateTypes['test-result'],
    predicate: { ...predicate, [REPORT]: told },
    about: [],
    summary: `${name}: ${summaryOf(measures)}`,
  }
}

function countsOf(measures: Measures): Record<string, number> {
  const entries = Object.entries(measures).flatMap(([name, { covered, total }]) => [
    ...(total > 0 ? [[name, percent({ covered, total })] as const] : []),
    [`${name}Covered`, covered] as const,
    [`${name}Total`, total] as const,
  ])
  return Object.fromEntries(entries)
}

function summaryOf(measures: Measures): string {
  const told = Object.entries(measures).filter(([, { total }]) => total > 0)
  return told.map(([name, measure]) => `${name} coverage ${percent(measure)} %`).join(', ')
}

// Rounded down: 79.999 % is not 80 %.
function percent({ covered, total }: Measure): number {
  return Math.floor((covered * 10_000) / total) / 100
}
