import { fail } from '../../base/index.ts'
import { REPORT, predicateTypes } from '../../attestation/index.ts'
import type { ReportFacts } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { toolsErrors } from '../errors.ts'
import { parseXml } from '../xml.ts'
import type { ReportClaim, ReportReader } from '../report-reader.ts'
import { testResultPredicate } from '../test-result.ts'
import type { XmlElement } from '../xml.ts'

/** What one JUnit report says, counted test by test. Names read `suite › class › test`, in the report's order. */
export interface TestReport {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
  /** sha256 of the raw report. */
  readonly digest: Digest
}

/** JUnit XML of any dialect. */
export const junitReader: ReportReader = {
  format: 'junit',
  about: 'JUnit XML, any dialect',
  recognises: (report) => ['testsuites', 'testsuite'].includes(report.xml()?.name ?? ''),
  read: (report, hints) => {
    const found = readJUnit(report.bytes, report.where)
    const suite = hints.suite ?? 'tests'
    const predicate = testResultPredicate(suite, [found])
    const counts = {
      passed: found.passed.length,
      failed: found.failed.length,
      skipped: found.skipped.length,
    }
    const told: ReportFacts = {
      kind: 'tests',
      tool: { name: 'junit', ...(hints.toolVersion && { version: hints.toolVersion }) },
      format: 'junit',
      digest: report.digest,
      ...(hints.finishedOn && { finishedOn: hints.finishedOn }),
      counts,
    }
    const claim: ReportClaim = {
      format: 'junit',
      kind: 'tests',
      predicateType: predicateTypes['test-result'],
      predicate: { ...predicate, [REPORT]: told },
      about: [],
      summary: `${suite} tests ${predicate.result} (${counts.passed} passed, ${counts.failed} failed)`,
    }
    return [claim]
  },
}

type State = 'passed' | 'failed' | 'skipped'

/**
 * Reads a JUnit XML report of any dialect: a `testsuites` root, a lone `testsuite` (surefire, gradle), nested suites,
 * and test cases directly under the root (node:test). Counters in attributes are ignored: they are optional and can
 * disagree, so tests are recounted. An error outside any test case (a suite that failed to load) counts as a failure.
 * @throws JUNIT_INVALID, JUNIT_EMPTY when the report holds no test ("ran and found nothing" is not a pass)
 */
export function readJUnit(bytes: Uint8Array, where: string): TestReport {
  const root = parseXml(bytes, where)
  if (root.name !== 'testsuites' && root.name !== 'testsuite')
    throw fail(toolsErrors.JUNIT_INVALID, {
      message: `Found the root element <${root.name.slice(0, 60)}>, expected <testsuites> or <testsuite>.`,
      where,
    })
  const found: Record<State, string[]> = { passed: [], failed: [], skipped: [] }
  collect(root, [], found)
  if (found.passed.length + found.failed.length + found.skipped.length === 0)
    throw fail(toolsErrors.JUNIT_EMPTY, { message: 'Found no test, expected at least one.', where })
  return { ...found, digest: digestOf(bytes) }
}

function collect(suite: XmlElement, path: readonly string[], found: Record<State, string[]>): void {
  const here = suite.attributes.name ? [...path, suite.attributes.name] : path
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
