import type { RawReport, ReportReader } from '../report-reader.ts'
import { empty, failed, instant, invalid } from '../report-shape.ts'
import { testClaim } from '../test-claim.ts'
import type { TestReport } from '../test-result.ts'
import { NAME_LENGTH } from '../test-result.ts'
import { parseXml } from '../xml.ts'
import type { XmlElement } from '../xml.ts'

/** Visual Studio test results (`dotnet test --logger trx`). */
export const trxReader: ReportReader = {
  format: 'trx',
  about: 'TRX (dotnet test, Visual Studio)',
  recognises: (report) => report.xml()?.name === 'TestRun',
  read: (report, hints) => [testClaim('trx', [readTrx(report)], hints)],
  readTogether: ([first, ...rest], hints) => [
    testClaim('trx', [readTrx(first), ...rest.map(readTrx)], hints),
  ],
}

type State = 'passed' | 'failed' | 'skipped'

/** A run that ended so did not run to its end (vstst.xsd, TestOutcome). */
const BROKEN: ReadonlySet<string> = new Set([
  'Error',
  'Timeout',
  'Aborted',
  'PassedButRunAborted',
  'InProgress',
  'Disconnected',
  'Pending',
])

/** @throws REPORT_INVALID, REPORT_EMPTY without a test, REPORT_FAILED when the run was broken off */
function readTrx(report: RawReport): TestReport {
  const root = parseXml(report.bytes, report.where)
  if (root.name !== 'TestRun')
    throw invalid(`Found the root element <${root.name.slice(0, 60)}>`, report, '<TestRun>')
  const summary = child(root, 'ResultSummary')
  if (!summary) throw invalid('Found no ResultSummary', report, 'one, as every finished run writes it')
  const outcome = summary.attributes.outcome ?? ''
  if (BROKEN.has(outcome))
    throw failed(`The test run ended as ${outcome}; it did not run to its end.`, report)
  const found: Record<State, string[]> = { passed: [], failed: [], skipped: [] }
  collect(child(root, 'Results'), [], found)
  const tests = found.passed.length + found.failed.length + found.skipped.length
  // A test host that crashed, or an assembly that could not be loaded, leaves its tests out of the list.
  if (outcome === 'Failed' && found.failed.length === 0)
    found.failed.push('(the run failed outside any test)')
  for (const error of errorsOf(summary)) found.failed.push(error)
  if (tests === 0 && found.failed.length === 0) throw empty('Found no test, expected at least one.', report)
  return { ...found, digest: report.digest, ...timesOf(root) }
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name)
}

/** Results of data-driven and ordered tests hold the results of their rows, which are the tests. */
function collect(
  results: XmlElement | undefined,
  path: readonly string[],
  found: Record<State, string[]>,
): void {
  for (const result of results?.children ?? []) {
    const { testName = '(unnamed)', outcome } = result.attributes
    // Every row of it repeats the name.
    const here = [...path, testName.slice(0, NAME_LENGTH)]
    const inner = child(result, 'InnerResults')
    const before = found.failed.length
    if (inner && inner.children.length > 0) collect(inner, here, found)
    const isOwn = !inner || inner.children.length === 0
    const state = stateOf(outcome)
    if (isOwn || (state === 'failed' && found.failed.length === before)) found[state].push(here.join(' › '))
  }
}

// A result without an outcome is one nobody vouches for.
function stateOf(outcome: string | undefined): State {
  if (outcome === 'Passed' || outcome === 'Warning' || outcome === 'Completed') return 'passed'
  return outcome === 'NotExecuted' || outcome === 'Inconclusive' || outcome === 'Pending'
    ? 'skipped'
    : 'failed'
}

function errorsOf(summary: XmlElement): string[] {
  const infos = child(summary, 'RunInfos')?.children ?? []
  const errors = infos.filter(({ attributes }) => attributes.outcome === 'Error')
  return errors.map(() => '(error outside any test)')
}

function timesOf(root: XmlElement): Pick<TestReport, 'startedOn' | 'finishedOn'> {
  const { start, finish } = child(root, 'Times')?.attributes ?? {}
  const [startedOn, finishedOn] = [instant(start), instant(finish)]
  return { ...(startedOn && { startedOn }), ...(finishedOn && { finishedOn }) }
}
