import type { TestResult } from '../attestation/index.ts'
import { hexOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'

/** What one test report says, counted test by test, in the report's order. */
export interface TestReport {
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  readonly skipped: readonly string[]
  /** sha256 of the raw report. */
  readonly digest: Digest
  /** RFC 3339, when the report says so with a time zone. */
  readonly startedOn?: string
  readonly finishedOn?: string
}

/** At most this many names per list go into a predicate; the raw report, named by digest, has them all. */
const TEST_NAMES_KEPT = 500
export const NAME_LENGTH = 200

/**
 * Reports of one suite → an in-toto test-result predicate: FAILED if any test failed, else PASSED.
 * The first `configuration` entry names the suite and the first report; further reports follow. The full counts are in
 * its annotations, because each list of names is cut to TEST_NAMES_KEPT and each name to 200 characters.
 */
export function testResultPredicate(suite: string, reports: readonly TestReport[]): TestResult {
  const passed = reports.flatMap((report) => report.passed)
  const failed = reports.flatMap((report) => report.failed)
  const skipped = reports.flatMap((report) => report.skipped)
  const counts = { passed: passed.length, failed: failed.length, skipped: skipped.length }
  const [first, ...rest] = reports.map((report) => ({ sha256: hexOf(report.digest) }))
  return {
    // Nothing passed: every test was skipped, or there was no report. That is no proof either.
    result: failed.length > 0 || passed.length === 0 ? 'FAILED' : 'PASSED',
    configuration: [
      { name: suite, ...(first && { digest: first }), annotations: counts },
      ...rest.map((digest) => ({ name: suite, digest })),
    ],
    passedTests: kept(passed),
    failedTests: kept(failed),
  }
}

function kept(names: readonly string[]): string[] {
  return names.slice(0, TEST_NAMES_KEPT).map((name) => name.slice(0, NAME_LENGTH))
}
