import type { ReportFacts, Statement, TestResult } from '../attestation/index.ts'
import { reportIn, testResult } from '../attestation/index.ts'

/** A test-result statement in one line, whatever kind of report it tells of, and when that was; undefined when it is none. */
export function testSummary({ predicate }: Pick<Statement, 'predicate'>) {
  const read = testResult.safeParse(predicate).data
  if (!read) return undefined
  const report = reportIn(predicate)
  const name = read.configuration[0]?.name ?? 'tests'
  const by = report && report.kind !== 'tests' ? ` (${report.tool.name})` : ''
  const details = report ? reportDetails(report, read) : testDetails({}, read)
  return { summary: `${name}${by}: ${read.result}, ${details}`, at: report?.finishedOn ?? report?.attestedOn }
}

function reportDetails({ kind, counts = {}, findings }: ReportFacts, read: TestResult): string {
  if (kind === 'tests' || kind === 'structure') return testDetails(counts, read)
  if (kind === 'coverage') return counts.line === undefined ? 'lines not measured' : `line ${counts.line} %`
  const found = counts.findings ?? findings?.length ?? 0
  const aside = counts.suppressed ? `, ${counts.suppressed} suppressed` : ''
  return `${found} found${aside}`
}

/** Names are cut off in long lists, counts are not. */
function testDetails(counts: NonNullable<ReportFacts['counts']>, read: TestResult): string {
  const { passed = read.passedTests?.length ?? 0, failed = read.failedTests?.length ?? 0 } = counts
  return `${passed} passed ${failed} failed`
}
