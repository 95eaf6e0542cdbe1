import * as z from 'zod'
import { printableLine } from '../../base/index.ts'
import { conclude, unreadablePart } from '../conclude.ts'
import type { Objection, Part } from '../conclude.ts'
import type { Facts } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { maxAge, percentage, signers } from '../report-options.ts'
import { absence, reportsOf, standing } from '../reports.ts'
import type { Reported } from '../reports.ts'

export const coverageOptions = z.strictObject({
  line: percentage.describe('Percent of lines that the tests must reach.'),
  branch: percentage.describe('Percent of branches.'),
  function: percentage.describe('Percent of functions (LCOV) or methods (JaCoCo).'),
  instruction: percentage.describe('Percent of bytecode instructions (JaCoCo).'),
  class: percentage.describe('Percent of classes (JaCoCo).'),
  maxDrop: percentage.describe(
    'How many points it may be below what runs in the environment now: each measure that has a threshold, else lines.',
  ),
  report: nonEmpty.optional().describe('Name of the coverage report. Default: all there are.'),
  maxAge,
  signers,
})

export type CoverageOptions = z.output<typeof coverageOptions>

export function coverageNeeds({ maxDrop }: CoverageOptions): GateNeeds {
  return maxDrop === undefined ? {} : { target: { evidence: true } }
}

const MEASURES = ['line', 'branch', 'function', 'instruction', 'class'] as const
type MeasureName = (typeof MEASURES)[number]

/** Signed coverage reaches every threshold, and is not much lower than that of what runs now. */
export function judgeCoverage(options: CoverageOptions, facts: Facts): Judgement {
  const { read, unreadable } = reportsOf(facts.evidence, ['coverage'], options.signers)
  const own = standing(read.filter(isAsked(options)), facts)
  const what =
    options.report === undefined ? 'signed coverage' : `signed coverage ${printableLine(options.report, 60)}`
  return conclude(
    'coverage',
    [
      ...own.map((reported) => thresholds(reported, options)),
      ...(options.maxDrop === undefined
        ? []
        : own.map((reported) => drop(reported, options.maxDrop ?? 0, options, facts))),
      { missing: absence(own, { what, maxAge: options.maxAge }, facts), basis: own },
      ...unreadablePart(unreadable, 'signed coverage report'),
    ],
    facts,
  )
}

function isAsked({ report }: CoverageOptions): (reported: Reported) => boolean {
  return ({ name }) => report === undefined || name === report
}

/** Percent; undefined when it was not measured, or nothing was there to measure. */
function measureOf({ report }: Reported, name: MeasureName): number | undefined {
  const { [`${name}Covered`]: covered, [`${name}Total`]: total } = report?.counts ?? {}
  if (covered === undefined || total === undefined || !(total > 0 && covered >= 0 && covered <= total))
    return undefined
  return (covered * 100) / total
}

function thresholds(reported: Reported, options: CoverageOptions): Part {
  const name = nameOf(reported)
  const asked = MEASURES.filter((measure) => options[measure] !== undefined)
  const told = MEASURES.filter((measure) => measureOf(reported, measure) !== undefined)
  const unmeasured = asked.filter((measure) => !told.includes(measure))
  const low = asked.filter((measure) => (measureOf(reported, measure) ?? 100) < (options[measure] ?? 0))
  const text = (measure: MeasureName) => `${measure} ${percentText(measureOf(reported, measure))}`
  const required = (measure: MeasureName) => `${text(measure)}, required: ${options[measure]} %`
  const doubt =
    told.length === 0 ? `${name} has no measure` : `${name} does not measure ${unmeasured.join(', ')}`
  return {
    good: `${name}: ${(asked.length > 0 ? asked : told).map(text).join(', ')}`,
    bad: `${name}: ${low.map(required).join('; ')}`,
    objections: low.map((measure) => objection(measure, `${name}: ${required(measure)}`)),
    doubt: told.length === 0 || unmeasured.length > 0 ? doubt : undefined,
    basis: [reported],
  }
}

/** Against the best of what runs now under the same name: a worse report beside it must not lower the bar. */
function drop(reported: Reported, allowed: number, options: CoverageOptions, facts: Facts): Part {
  const name = nameOf(reported)
  const { target } = facts
  if (!target) return { good: `nothing runs in ${facts.environment} to compare with`, basis: [reported] }
  const { read, unreadable } = reportsOf(target.evidence, ['coverage'], options.signers)
  const before = standing(
    read.filter((other) => other.name === reported.name),
    facts,
  )
  const basis = [reported, ...before, ...unreadable]
  const asked = MEASURES.filter((measure) => options[measure] !== undefined)
  const compared = (asked.length > 0 ? asked : (['line'] as const)).map((measure) => {
    const old = before.flatMap((other) => measureOf(other, measure) ?? [])
    return { measure, now: measureOf(reported, measure), old: old.length > 0 ? Math.max(...old) : undefined }
  })
  const unknown = compared.filter(({ now, old }) => now === undefined || old === undefined)
  if (unknown.length > 0 || unreadable.length > 0)
    return {
      doubt: `${name} cannot be compared with what runs in ${facts.environment}: no signed coverage of ${unknown.map(({ measure }) => measure).join(', ')}`,
      basis,
    }
  const fallen = compared.filter(({ now = 0, old = 0 }) => old - now > allowed + 1e-9)
  const text = ({ measure, now, old }: (typeof compared)[number]) =>
    `${measure} ${percentText(now)} after ${percentText(old)}`
  return {
    good: `${name} in ${facts.environment}: ${compared.map(text).join(', ')}`,
    bad: `${name}: ${fallen.map(text).join(', ')} in ${facts.environment}, allowed: ${allowed} points less`,
    objections: fallen.map((one) => objection(one.measure, `${name}: ${text(one)}`)),
    basis,
  }
}

function objection(measure: MeasureName, about: string): Objection {
  return { id: measure, ids: [measure], about }
}

function nameOf({ name }: Reported): string {
  return printableLine(name ?? 'coverage', 60)
}

/** Rounded down, as the threshold sees it. */
function percentText(value: number | undefined): string {
  return value === undefined ? 'not measured' : `${Math.floor(value * 100) / 100} %`
}
