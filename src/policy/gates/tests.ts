import * as z from 'zod'
import type { TestResult } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import { conclude, unreadablePart } from '../conclude.ts'
import type { Objection, Part } from '../conclude.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { maxAge, signers } from '../report-options.ts'
import { absence, countOf, numberOf, reportsOf, standing } from '../reports.ts'
import type { Reported } from '../reports.ts'

export const testsOptions = z.strictObject({
  suites: z.array(nonEmpty).min(1).describe('Names of the test suites that must have passed.'),
  minimum: z.int().min(1).optional().describe('How many tests of each suite must have passed. Default: 1.'),
  maxSkipped: z.int().min(0).optional().describe('How many tests of each suite may be skipped.'),
  maxAge,
  signers,
})

export type TestsOptions = z.output<typeof testsOptions>

/**
 * Every named suite has a signed PASSED (or WARNED) result about every platform and no signed FAILED one. A later
 * result of the same signer takes the place of an earlier one when both say when they were; otherwise a failure beside
 * a success is a no.
 */
export function judgeTests(options: TestsOptions, facts: Facts): Judgement {
  const { read, unreadable } = reportsOf(facts.evidence, ['tests'], options.signers)
  const parts = options.suites.flatMap((suite) => {
    const own = read.filter(({ name }) => name === suite)
    return suiteParts(suite, own, options, facts)
  })
  return conclude('tests', [...parts, ...unreadablePart(unreadable, 'signed test result')], facts)
}

function suiteParts(
  suite: string,
  all: readonly Reported[],
  options: TestsOptions,
  facts: Facts,
): readonly Part[] {
  const results = standing(all, facts)
  if (results.length === 0) {
    const nothing = absence(
      results,
      { what: 'signed test result, required: PASSED', maxAge: undefined },
      facts,
    )
    return [{ missing: `${suite}: ${nothing ?? ''}`, basis: [] }]
  }
  const failed = results.find(({ predicate }) => predicate.result === 'FAILED')
  const warned = results.find(({ predicate }) => predicate.result === 'WARNED')
  const shown = failed ?? warned ?? results[0]
  const flaws = results.map((reported) => flawsOf(reported, options))
  const gap = absence(results, { what: 'signed test result', maxAge: options.maxAge }, facts)
  const missing = [...flaws.flatMap((flaw) => flaw.missing), ...(gap === undefined ? [] : [gap])]
  return [
    {
      good: goodText(suite, shown?.predicate),
      bad: `${suite}: FAILED, ${counts(failed?.predicate)}, required: PASSED${failed ? mixed(results) : ''}`,
      objections: results.flatMap((reported) => objectionsOf(reported, suite)),
      missing: missing.length > 0 ? `${suite}: ${missing.join(', ')}` : undefined,
      doubt: flaws.flatMap(({ doubt }) => doubt).map((doubt) => `${suite}: ${doubt}`)[0],
      basis: results,
    },
  ]
}

function isGood({ predicate }: Reported): boolean {
  return predicate.result !== 'FAILED'
}

/** Each failed test; what is counted and not named no waiver can name. */
function objectionsOf({ predicate }: Reported, suite: string): readonly Objection[] {
  if (predicate.result !== 'FAILED') return []
  const named = predicate.failedTests ?? []
  const more = Math.max(numberOf(predicate, 'failed') - named.length, named.length === 0 ? 1 : 0)
  return [
    ...named.map((name) => ({
      id: printableLine(name),
      ids: [name],
      about: `failed in ${printableLine(suite, 60)}`,
    })),
    ...(more > 0 ? [{ id: `(${more} more)`, ids: [], about: `failed in ${printableLine(suite, 60)}` }] : []),
  ]
}

function flawsOf({ predicate }: Reported, { minimum, maxSkipped }: TestsOptions) {
  const needed = minimum ?? 1
  const passed = numberOf(predicate, 'passed') + (predicate.warnedTests ?? []).length
  const skipped = countOf(predicate, 'skipped')
  const missing: string[] = []
  // A foreign result may name no tests at all; without a number asked for its word is enough.
  const isCounted = predicate.passedTests !== undefined || countOf(predicate, 'passed') !== undefined
  // What failed says so itself, unless a waiver lifts it and a number was asked for.
  const isAsked = minimum !== undefined || (predicate.result !== 'FAILED' && isCounted)
  if (isAsked && passed < needed) missing.push(`${passed} passed, required: at least ${needed}`)
  if (maxSkipped !== undefined && skipped !== undefined && skipped > maxSkipped)
    missing.push(`${skipped} skipped, required: at most ${maxSkipped}`)
  const doubt: string[] = []
  if (maxSkipped !== undefined && skipped === undefined)
    doubt.push('the test result does not say how many were skipped')
  const failed = numberOf(predicate, 'failed')
  if (predicate.result !== 'FAILED' && failed > 0)
    doubt.push(`the test result says ${predicate.result} and ${failed} failed`)
  return { missing, doubt }
}

function goodText(suite: string, shown: TestResult | undefined): string {
  const { result } = shown ?? {}
  return `${suite}: ${result}, ${counts(shown)}${result === 'WARNED' ? ' (warnings are let through)' : ''}`
}

function mixed(results: readonly Reported[]): string {
  return results.some(isGood) ? ' (there is a PASSED one too; nothing proves which is newer)' : ''
}

function counts(predicate: TestResult | undefined): string {
  if (!predicate) return ''
  const warned = predicate.warnedTests ?? []
  const failed = numberOf(predicate, 'failed')
  const skipped = countOf(predicate, 'skipped') ?? 0
  const parts = [`${numberOf(predicate, 'passed')} passed`]
  if (warned.length > 0) parts.push(`${warned.length} with warnings`)
  if (failed > 0) parts.push(`${failed} failed`)
  if (skipped > 0) parts.push(`${skipped} skipped`)
  return parts.join(', ')
}
