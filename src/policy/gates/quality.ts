import * as z from 'zod'
import { printableLine } from '../../base/index.ts'
import { conclude, unreadablePart } from '../conclude.ts'
import type { Objection, Part } from '../conclude.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { nonEmpty } from '../options.ts'
import { maxAge, signers } from '../report-options.ts'
import { absence, reportsOf, standing } from '../reports.ts'
import type { Reported } from '../reports.ts'

export const qualityOptions = z.strictObject({
  project: nonEmpty
    .optional()
    .describe(
      'Key of the project that must have passed. Default: every one that was reported, at least one.',
    ),
  allowIgnoredConditions: z
    .boolean()
    .default(true)
    .describe('Let through an analysis that left conditions out because the change is small.'),
  maxAge,
  signers,
})

export type QualityOptions = z.output<typeof qualityOptions>

/** The quality gate (SonarQube) of the analysed source is OK; a warning or a gate that is not set is not. */
export function judgeQuality(options: QualityOptions, facts: Facts): Judgement {
  const { read, unreadable } = reportsOf(facts.evidence, ['quality'], options.signers)
  const { project } = options
  const own = standing(
    read.filter(({ name }) => project === undefined || name === project),
    facts,
  )
  const what =
    project === undefined ? 'signed quality gate' : `signed quality gate of ${printableLine(project, 80)}`
  return conclude(
    'quality',
    [
      ...own.map((reported) => partOf(reported, options)),
      { missing: absence(own, { what, maxAge: options.maxAge }, facts), basis: own },
      ...unreadablePart(unreadable, 'signed quality gate'),
    ],
    facts,
  )
}

function partOf(reported: Reported, { allowIgnoredConditions }: QualityOptions): Part {
  const { predicate, report } = reported
  const name = printableLine(reported.name ?? 'quality', 80)
  const missed = report?.findings ?? []
  const ignored = (report?.counts?.ignoredConditions ?? 0) > 0
  const details = missed.map(({ id, title }) => printableLine(`${id}${title ? ` ${title}` : ''}`, 120))
  const note = ignored ? ' (conditions were left out because the change is small)' : ''
  return {
    good: `${name}: ${predicate.result}${note}`,
    bad: `${name}: ${predicate.result}, required: PASSED${details.length > 0 ? `; ${details.join('; ')}` : ''}${note}`,
    objections: [
      ...objectionsOf(reported, name),
      ...(ignored && !allowIgnoredConditions ? [left(name)] : []),
    ],
    basis: [reported],
  }
}

/** One condition each; a result that is no PASSED and names none cannot be waived by them. */
function objectionsOf({ predicate, report }: Reported, name: string): readonly Objection[] {
  const findings = report?.findings ?? []
  if (predicate.result === 'PASSED' && findings.length === 0) return []
  if (findings.length === 0) return [{ id: predicate.result, ids: [], about: name }]
  return findings.map(({ id, severity, title }) => ({
    id: printableLine(id),
    ids: [id],
    severity,
    ...(title !== undefined && { about: printableLine(`${name}: ${title}`) }),
  }))
}

function left(name: string): Objection {
  return { id: 'ignoredConditions', ids: ['ignoredConditions'], about: `${name}: conditions were left out` }
}
