import * as z from 'zod'
import { printableLine } from '../../base/index.ts'
import { conclude, unreadablePart } from '../conclude.ts'
import type { Objection, Part } from '../conclude.ts'
import type { Facts } from '../facts.ts'
import { count } from '../judgement.ts'
import type { Judgement } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { maxAge, signers } from '../report-options.ts'
import { absence, reportsOf, standing } from '../reports.ts'
import type { Reported } from '../reports.ts'

export const structureOptions = z.strictObject({
  report: nonEmpty.optional().describe('Name of the structure test. Default: all there are.'),
  minimum: z
    .int()
    .min(1)
    .optional()
    .describe('How many tests must have passed on each platform. Default: 1.'),
  maxAge,
  signers,
})

export type StructureOptions = z.output<typeof structureOptions>

/** Structure tests (container-structure-test) passed on every platform of the image, each by its own report. */
export function judgeStructure(options: StructureOptions, facts: Facts): Judgement {
  const { read, unreadable } = reportsOf(facts.evidence, ['structure'], options.signers)
  const { report: wanted, minimum = 1, maxAge: age } = options
  const own = standing(
    read.filter(({ name }) => wanted === undefined || name === wanted),
    facts,
  )
  const asked = { what: 'signed structure test', maxAge: age, eachNamed: true }
  return conclude(
    'structure',
    [
      ...own.map((reported) => partOf(reported, minimum)),
      { missing: absence(own, asked, facts), basis: own },
      ...unreadablePart(unreadable, 'signed structure test'),
    ],
    facts,
  )
}

function partOf(reported: Reported, minimum: number): Part {
  const { predicate, report } = reported
  const name = printableLine(reported.name ?? 'structure', 60)
  const where = report?.platform === undefined ? '' : ` on ${printableLine(report.platform, 40)}`
  const { passed = 0, failed = 0 } = report?.counts ?? {}
  const text = `${name}${where}: ${predicate.result}, ${passed} passed${failed > 0 ? `, ${failed} failed` : ''}`
  const few = passed < minimum
  return {
    good: text,
    bad: `${text}, required: PASSED`,
    objections: objectionsOf(reported, failed, `${name}${where}`),
    missing: few ? `${text}, required: at least ${count(minimum, 'test')}` : undefined,
    basis: [reported],
  }
}

function objectionsOf({ predicate }: Reported, failed: number, about: string): readonly Objection[] {
  const named = predicate.failedTests ?? []
  if (predicate.result === 'PASSED' && named.length === 0 && failed === 0) return []
  const more = Math.max(failed - named.length, named.length === 0 ? 1 : 0)
  return [
    ...named.map((name) => ({ id: printableLine(name), ids: [name], about })),
    ...(more > 0 ? [{ id: `(${more} more)`, ids: [], about }] : []),
  ]
}
