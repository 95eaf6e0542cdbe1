import type { Finding, Severity } from '../attestation/index.ts'
import type { CheckResult } from '../pipeline/check-outcome.ts'
import { checkName, checkWords } from './check-words.ts'
import { columns } from './layout.ts'
import { code, folded, md, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line } from './words.ts'

const WIDTH = 80
/** Findings of one check on a terminal; the rest are counted. JSON has 100. */
const SHOWN = 10
const SHOWN_ASIDE = 5
/** Places of one rule. */
const PLACES = 3

/** What counts, worst first, one entry for each rule with the places it was broken at. */
export function findingsText(check: CheckResult, paint: Paint): readonly string[] {
  const { findings, counts } = check
  if (findings.length === 0) return []
  const groups = grouped(findings)
  const shown = groups.slice(0, SHOWN)
  const more = counts.counted - shown.reduce((sum, group) => sum + group.length, 0)
  return [
    '',
    `${paint.bad(checkWords.fail)} ${paint.bold(line(checkName(check), 40))} ${paint.dim(count(counts.counted, 'finding'))}`,
    ...columns(
      shown.flatMap((group) => groupRows(group, isRated(check), paint)),
      WIDTH,
    ),
    ...(more > 0 ? [paint.dim(`  and ${more} more; -o json lists up to 100`)] : []),
  ]
}

type Group = readonly [Finding, ...Finding[]]

function grouped(findings: readonly Finding[]): readonly Group[] {
  const groups = Map.groupBy(findings, ({ id, severity }) => `${severity} ${id}`)
  return [...groups.values()].flatMap(([first, ...rest]) => (first ? [[first, ...rest] as const] : []))
}

/** Tests fail; nobody says how badly. */
function isRated({ kinds }: CheckResult): boolean {
  return !kinds.some((kind) => kind === 'tests' || kind === 'quality' || kind === 'structure')
}

function groupRows(group: Group, rated: boolean, paint: Paint): readonly (readonly string[])[] {
  const [{ id, severity, title: what }] = group
  const places = group.flatMap(({ location }) => (location === undefined ? [] : [line(location, 200)]))
  const rest = group.length - Math.min(places.length, PLACES)
  const where =
    places.slice(0, PLACES).join(', ') + (places.length > 0 && rest > 0 ? ` and ${rest} more` : '')
  const word = rated ? severityTone(severity, paint)(severity) : paint.bad('failed')
  const head = rated ? [`  ${word}`, line(id, 26)] : [`  ${word}`]
  const [first, second] = [rated ? '' : line(id, 200), what && line(what, 160), where].filter(Boolean)
  return [[...head, first ?? ''], ...(second ? [[...head.map(() => ''), second]] : [])]
}

function severityTone(severity: Severity, paint: Paint): (text: string) => string {
  if (severity === 'critical' || severity === 'high' || severity === 'unknown') return paint.bad
  return severity === 'medium' ? paint.wait : paint.dim
}

/** What was set aside is not silent. */
export function asideText(check: CheckResult, paint: Paint): readonly string[] {
  const { suppressed } = check.counts
  if (suppressed === 0) return []
  const shown = check.setAside.slice(0, SHOWN_ASIDE)
  const rows = shown.map((finding) => [
    `  ${line(finding.id, 26)}`,
    [finding.location, finding.suppressed].map((text) => line(text ?? '', 200)).join('  '),
  ])
  const more = suppressed - shown.length
  return [
    '',
    `${paint.wait('SET ASIDE')} ${paint.bold(line(checkName(check), 40))} ${paint.dim('does not count here; gates may say otherwise')}`,
    ...columns(rows, WIDTH),
    ...(more > 0
      ? [
          paint.dim(
            `  ${shown.length > 0 ? 'and ' : ''}${more} ${shown.length > 0 ? 'more' : 'not listed by the tool'}`,
          ),
        ]
      : []),
  ]
}

export function findingsMarkdown(check: CheckResult): string | undefined {
  const { findings, setAside, counts } = check
  if (findings.length + setAside.length === 0) return undefined
  const rows = [...findings.slice(0, 50), ...setAside.slice(0, 50)].map((finding) => [
    finding.suppressed === undefined ? finding.severity : 'set aside',
    code(finding.id),
    finding.location ? code(finding.location) : '',
    md([finding.title, finding.suppressed].filter(Boolean).join('; ')),
  ])
  const told = [
    `${counts.counted} counted`,
    ...(counts.suppressed > 0 ? [`${counts.suppressed} set aside`] : []),
  ]
  return folded(
    `${md(checkName(check))}: ${told.join(', ')}`,
    mdTable(['Severity', 'Rule', 'Where', ''], rows),
  )
}
