import * as z from 'zod'
import type { TestResult } from '../../attestation/index.ts'
import { testResult } from '../../attestation/index.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { count, pass, refuse, unclear } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import type { Fact } from '../predicates.ts'
import { factsOf, unusableNote } from '../predicates.ts'

export const testsOptions = z.strictObject({
  suites: z.array(nonEmpty).min(1).describe('Names of the test suites that must have passed.'),
})

export type TestsOptions = z.output<typeof testsOptions>

/**
 * Every named suite has a signed PASSED (or WARNED) result and no signed FAILED one. A test result carries no
 * trusted time, so "the newest wins" cannot be decided: a failure beside a success is a no.
 */
export function judgeTests(options: TestsOptions, facts: Facts): Judgement {
  const { read, unreadable } = factsOf(facts.evidence, 'test-result', testResult)
  const suites = options.suites.map((suite) =>
    judgeSuite(
      suite,
      read.filter((fact) => suiteOf(fact) === suite),
    ),
  )
  const basis = suites.flatMap((suite) => suite.results)
  const failed = suites.filter((suite) => !suite.ok)
  if (failed.length > 0) {
    const note = failed.some((suite) => suite.results.length === 0)
      ? unusableNote(facts.evidence, 'test-result')
      : ''
    return refuse(`${failed.map((suite) => suite.text).join('; ')}${note}.`, basis)
  }
  if (unreadable.length > 0)
    return unclear(`${count(unreadable.length, 'signed test result')} cannot be read.`, unreadable)
  return pass(`${suites.map((suite) => suite.text).join('; ')}.`, basis)
}

const suiteOf = (fact: Fact<TestResult>) => fact.predicate.configuration[0]?.name

function judgeSuite(suite: string, results: readonly Fact<TestResult>[]) {
  const failed = results.find((fact) => fact.predicate.result === 'FAILED')
  const warned = results.find((fact) => fact.predicate.result === 'WARNED')
  const shown = failed ?? warned ?? results[0]
  return { ok: shown !== undefined && !failed, results, text: describe(suite, shown, results) }
}

function describe(
  suite: string,
  shown: Fact<TestResult> | undefined,
  results: readonly Fact<TestResult>[],
): string {
  if (!shown) return `${suite}: no signed test result, required: PASSED`
  const { result } = shown.predicate
  if (result === 'FAILED')
    return `${suite}: FAILED, ${counts(shown.predicate)}, required: PASSED${mixed(results)}`
  return `${suite}: ${result}, ${counts(shown.predicate)}${result === 'WARNED' ? ' (warnings are let through)' : ''}`
}

function mixed(results: readonly Fact<TestResult>[]): string {
  const both = results.some((fact) => fact.predicate.result !== 'FAILED')
  return both ? ' (there is a PASSED one too; nothing proves which is newer)' : ''
}

function counts({ passedTests = [], warnedTests = [], failedTests = [] }: TestResult): string {
  const parts = [`${passedTests.length} passed`]
  if (warnedTests.length > 0) parts.push(`${warnedTests.length} with warnings`)
  if (failedTests.length > 0) parts.push(`${failedTests.length} failed`)
  return parts.join(', ')
}
