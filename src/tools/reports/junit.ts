import { digestOf } from '../../oci/index.ts'
import type { ReportReader } from '../report-reader.ts'
import { empty, instant, invalid } from '../report-shape.ts'
import { testClaim } from '../test-claim.ts'
import type { TestReport } from '../test-result.ts'
import { NAME_LENGTH } from '../test-result.ts'
import { timestamp } from '../../base/index.ts'
import { parseXml } from '../xml.ts'
import type { XmlElement } from '../xml.ts'

/** JUnit XML of any dialect. */
export const junitReader: ReportReader = {
  format: 'junit',
  about: 'JUnit XML, any dialect',
  recognises: (report) => ['testsuites', 'testsuite'].includes(report.xml()?.name ?? ''),
  read: (report, hints) => [testClaim('junit', [readJUnit(report.bytes, report.where)], hints)],
  readTogether: ([first, ...rest], hints) => {
    const others = rest.map(({ bytes, where }) => readJUnit(bytes, where))
    return [testClaim('junit', [readJUnit(first.bytes, first.where), ...others], hints)]
  },
}

type State = 'passed' | 'failed' | 'skipped'

/**
 * Reads a JUnit XML report of any dialect: a `testsuites` root, a lone `testsuite` (surefire, gradle), nested suites,
 * and test cases directly under the root (node:test). Counters in attributes are ignored: they are optional and can
 * disagree, so tests are recounted. An error outside any test case (a suite that failed to load) counts as a failure.
 * Names read `suite › class › test`.
 * @throws REPORT_INVALID, REPORT_EMPTY when the report holds no test ("ran and found nothing" is not a pass)
 */
export function readJUnit(bytes: Uint8Array, where: string): TestReport {
  const root = parseXml(bytes, where)
  if (root.name !== 'testsuites' && root.name !== 'testsuite')
    throw invalid(
      `Found the root element <${root.name.slice(0, 60)}>`,
      { where },
      '<testsuites> or <testsuite>',
    )
  const found: Record<State, string[]> = { passed: [], failed: [], skipped: [] }
  collect(root, [], found)
  if (found.passed.length + found.failed.length + found.skipped.length === 0)
    throw empty('Found no test, expected at least one.', { where })
  return { ...found, digest: digestOf(bytes), ...timesOf(root) }
}

/** `timestamp` is when a suite began, `time` how many seconds it took. Many runners leave the time zone out. */
function timesOf(root: XmlElement): Pick<TestReport, 'startedOn' | 'finishedOn'> {
  const suites = root.name === 'testsuite' ? [root] : root.children.filter(({ name }) => name === 'testsuite')
  const starts = suites.flatMap(({ attributes }) => instant(attributes.timestamp) ?? [])
  const ends = suites.flatMap(({ attributes: { timestamp: at, time } }) => endOf(instant(at), Number(time)))
  const [startedOn] = starts.toSorted()
  const finishedOn = ends.length === suites.length ? ends.toSorted().at(-1) : undefined
  return { ...(startedOn && { startedOn }), ...(finishedOn && { finishedOn }) }
}

function endOf(start: string | undefined, seconds: number): string[] {
  if (start === undefined || !(seconds >= 0 && seconds < 1e7)) return []
  return [timestamp(new Date(Date.parse(start) + seconds * 1000))]
}

function collect(suite: XmlElement, path: readonly string[], found: Record<State, string[]>): void {
  const here = suite.attributes.name ? [...path, suite.attributes.name.slice(0, NAME_LENGTH)] : path
  for (const child of suite.children) {
    if (child.name === 'testsuite') collect(child, here, found)
    else if (child.name === 'testcase') found[stateOf(child)].push(nameOf(child, here))
    else if (isFailure(child)) found.failed.push([...here, `(${child.name} outside any test)`].join(' › '))
  }
}

// surefire's flakyFailure and flakyError mark a test that passed in the end; rerunFailure stands beside a failure.
function stateOf(test: XmlElement): State {
  if (test.children.some(isFailure) || statusSays(test, /^(fail(ed|ure)?|error|broken)$/i)) return 'failed'
  if (test.children.some((child) => child.name === 'skipped' || child.name === 'disabled')) return 'skipped'
  return statusSays(test, /^(skipped|disabled|ignored|notrun|pending)$/i) ? 'skipped' : 'passed'
}

function isFailure(element: XmlElement): boolean {
  return element.name === 'failure' || element.name === 'error'
}

// googletest and some other runners say it in an attribute: status="notrun", result="skipped".
function statusSays(test: XmlElement, words: RegExp): boolean {
  return [test.attributes.status, test.attributes.result].some(
    (said) => said !== undefined && words.test(said),
  )
}

function nameOf(test: XmlElement, path: readonly string[]): string {
  const { name, classname } = test.attributes
  const last = path.at(-1)
  const group = classname && classname !== last && classname !== 'test' ? [classname] : []
  return [...path, ...group, name || '(unnamed)'].join(' › ')
}
