import { REPORT, predicateTypes } from '../attestation/index.ts'
import type { ReportFacts } from '../attestation/index.ts'
import type { ReportClaim, ReportHints } from './report-reader.ts'
import { known } from './report-shape.ts'
import { testResultPredicate } from './test-result.ts'
import type { TestReport } from './test-result.ts'

type Reports = readonly [TestReport, ...TestReport[]]

/** Reports of one run of one suite → its claim. */
export function testClaim(format: string, reports: Reports, hints: ReportHints): ReportClaim {
  const suite = hints.suite ?? 'tests'
  const predicate = testResultPredicate(suite, reports)
  const counts = countsOf(reports)
  const told: ReportFacts = {
    kind: 'tests',
    tool: { name: format, ...known({ version: hints.toolVersion }) },
    format,
    digest: reports[0].digest,
    ...(reports.length > 1 && { further: reports.slice(1).map(({ digest }) => digest) }),
    ...known({ startedOn: first(reports), finishedOn: last(reports) ?? hints.finishedOn }),
    counts,
  }
  return {
    format,
    kind: 'tests',
    predicateType: predicateTypes['test-result'],
    predicate: { ...predicate, [REPORT]: told },
    about: [],
    summary: `${suite} tests ${predicate.result} (${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped)`,
  }
}

function countsOf(reports: Reports) {
  const sum = (state: 'passed' | 'failed' | 'skipped') =>
    reports.reduce((total, report) => total + report[state].length, 0)
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
}

const first = (reports: Reports) => reports.flatMap(({ startedOn }) => startedOn ?? []).toSorted()[0]

/** A run ended when its last report did; when one of them does not say, nobody knows. */
function last(reports: Reports): string | undefined {
  const ends = reports.flatMap(({ finishedOn }) => finishedOn ?? [])
  return ends.length === reports.length ? ends.toSorted().at(-1) : undefined
}
