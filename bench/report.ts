import type { Row } from './row.ts'
import { judgingTable, verificationTable } from './single-thread-tables.ts'
import type { SingleThread } from './single-thread.ts'
import { bulkTable, caseTable, nameOf, plainTable, summaryTable, table } from './tables.ts'
import type { CaseResult } from './tables.ts'
import type { Setting } from './tracing-proxy.ts'

/** All that one run of the bench measured; also what `--json` writes. */
export interface BenchReport {
  readonly head: readonly string[]
  readonly settings: readonly Setting[]
  readonly results: readonly CaseResult[]
  /** Setting by setting. */
  readonly noOp?: readonly (readonly Row[])[]
  readonly startUp?: readonly Row[]
  readonly planning?: Row
  readonly singleThread?: SingleThread
}

const BEGIN = '<!-- bench: begin -->'
const END = '<!-- bench: end -->'

export function markdown(report: BenchReport): string {
  const { head, settings, results, noOp, startUp, planning, singleThread } = report
  const parts = [head.map((line) => `- ${line}`).join('\n')]
  if (results.length > 0) parts.push('### Figures to reach', summaryTable(results), bulkTable(results))
  for (const result of results)
    parts.push(
      `### ${capital(result.case.name)}`,
      `Floor with bearer authentication: ${result.case.floor} requests.`,
      caseTable(result),
    )
  if (noOp) parts.push('### No-op promotion of the demo application', noOpTable(settings, noOp))
  if (startUp) parts.push('### Start-up', plainTable('program', startUp))
  if (planning) parts.push('### Planning one million pairs', plainTable('program', [planning]))
  if (singleThread)
    parts.push(
      '### Verifying bundles',
      verificationTable(singleThread.verification),
      '### Judging a full list of gates',
      judgingTable(singleThread.gates),
    )
  return parts.filter(Boolean).join('\n\n')
}

/**
 * The page with these results. Those of a part of the bench take the place of their own sections and say where they
 * were measured; the others stay.
 * @throws when the page has no markers
 */
export function writeBetweenMarkers(page: string, text: string, isPart: boolean): string {
  const [start, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (start < 0 || end < start) throw new Error(`The page needs ${BEGIN} and ${END}.`)
  const [before, after] = [page.slice(0, start + BEGIN.length), page.slice(end)]
  const results = isPart ? withSections(page.slice(before.length, end), text) : text
  return `${before}\n\n${results.trim()}\n\n${after}`
}

function withSections(results: string, part: string): string {
  const [head = '', ...measured] = sectionsOf(part)
  const where = head.split('\n').slice(0, 2).join('\n')
  const sections = new Map(sectionsOf(results).map((section) => [titleOf(section), section]))
  for (const section of measured) sections.set(titleOf(section), section.replace('\n\n', `\n\n${where}\n\n`))
  return [...sections.values()].join('\n\n')
}

/** What stands before the first heading, then each heading with what belongs to it. */
function sectionsOf(text: string): readonly string[] {
  return text.split(/^(?=### )/m).map((section) => section.trim())
}

const titleOf = (section: string) => section.split('\n', 1)[0] ?? ''

function noOpTable(settings: readonly Setting[], noOp: readonly (readonly Row[])[]): string {
  const lines = noOp.flatMap((rows, place) =>
    rows.map(({ tool, absent, requests, tokens, wall, cpu, memory }) => [
      `${tool}; ${settings[place] ? nameOf(settings[place]) : ''}`,
      ...(absent ? [absent] : [`${requests} + ${tokens}`]),
      ...[wall, cpu, memory].map((value) => value?.toFixed(0) ?? '–'),
    ]),
  )
  return table(['run', 'requests + tokens', 'ms', 'CPU ms', 'peak MiB'], lines)
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
