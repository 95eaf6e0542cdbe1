import type { Finding, Severity } from '../attestation/index.ts'
import { formatDuration } from '../base/index.ts'
import type { CheckOutcome, CheckResult } from '../pipeline/check-outcome.ts'
import { columns, title, wrap } from './layout.ts'
import { code, folded, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line } from './words.ts'

const WIDTH = 80
/** Findings of one check on a terminal; the rest are counted. JSON has 100. */
const SHOWN = 10
const SHOWN_ASIDE = 5
/** Places of one rule. */
const PLACES = 3

/** `waybill check` and `waybill test`: a line for each, then what was found, worst first, then what could not tell. */
export function checkText(outcome: CheckOutcome, paint: Paint): string {
  const checks = byUrgency(outcome.checks)
  const tone = { pass: paint.good, fail: paint.bad, error: paint.unsure, planned: paint.good }[
    outcome.outcome
  ]
  return `${[
    ...title(headline(outcome), (text) => paint.bold(tone(text))),
    ...columns(
      aboutRows(outcome).map(([name, value]) => [`  ${paint.dim(name)}`, value]),
      WIDTH,
    ),
    '',
    ...columns(
      checks.map((check) => row(check, paint)),
      WIDTH,
    ),
    ...checks.flatMap((check) => [
      ...findingsText(check, paint),
      ...asideText(check, paint),
      ...commandText(check, paint),
      ...nextText(check, paint),
    ]),
  ].join('\n')}\n`
}

/** The same as a comment or job summary. */
export function checkMarkdown(outcome: CheckOutcome): string {
  const checks = byUrgency(outcome.checks)
  const rows = checks.map((check) => [
    `**${WORDS[check.result]}**`,
    md(nameOf(check)),
    md(check.reason),
    md(toolText(check)),
    check.result === 'planned' ? '' : formatDuration(check.milliseconds),
  ])
  return mdPage([
    `### ${md(headline(outcome))}`,
    aboutRows(outcome)
      .map(([name, value]) => `${name} ${code(value)}`)
      .join(', '),
    mdTable(['', 'Check', 'Result', 'Tool', 'Time'], rows),
    ...checks.map(findingsMarkdown),
    ...checks.flatMap((check) => (check.next ? [`> ${md(nameOf(check))}: ${md(check.next)}`] : [])),
  ])
}

const WORDS: Readonly<Record<CheckResult['result'], string>> = {
  fail: 'FAIL',
  error: 'ERROR',
  missing: 'MISSING',
  pass: 'PASS',
  planned: 'WOULD RUN',
}

const ORDER = Object.keys(WORDS)

/** What needs somebody comes first; otherwise as in the file. */
function byUrgency(checks: readonly CheckResult[]): readonly CheckResult[] {
  return checks.toSorted((a, b) => ORDER.indexOf(a.result) - ORDER.indexOf(b.result))
}

function headline({ kind, outcome, checks, applications }: CheckOutcome): string {
  const noun = kind === 'check' ? 'check' : 'suite'
  const of = (wanted: CheckResult['result']) => checks.filter(({ result }) => result === wanted).length
  const who = applications.map((name) => line(name, 60)).join(', ')
  switch (outcome) {
    case 'pass':
      return `${who}: ${of('pass') === 1 ? `1 ${noun} passes` : `${of('pass')} ${noun}s pass`}${of('missing') > 0 ? `, ${of('missing')} left out` : ''}`
    case 'fail':
      return `${who}: ${of('fail')} of ${count(checks.length, noun)} ${of('fail') === 1 ? 'fails' : 'fail'}`
    case 'error':
      return `${who}: ${of('error') + of('missing')} of ${count(checks.length, noun)} could not tell`
    case 'planned':
      return `${who}: ${count(of('planned'), noun)} would run`
  }
}

function aboutRows({ commit, dirty, evidence }: CheckOutcome): readonly (readonly [string, string])[] {
  const changed = dirty ? ' with uncommitted changes' : ''
  return [
    ...(commit === undefined ? [] : [['commit', `${line(commit, 64)}${changed}`] as const]),
    ...(evidence
      ? [
          [
            'evidence',
            `${line(evidence.file, 200)}: ${count(evidence.statements, 'signed statement')}`,
          ] as const,
        ]
      : []),
  ]
}

function row(check: CheckResult, paint: Paint): readonly string[] {
  const time = check.result === 'planned' ? '' : formatDuration(check.milliseconds)
  return [
    `  ${toneOf(check.result, paint)(WORDS[check.result])}`,
    paint.bold(line(nameOf(check), 40)),
    line(toolText(check), 30),
    paint.dim(time),
    check.result === 'planned' ? '' : line(check.reason, 300),
  ]
}

function toneOf(result: CheckResult['result'], paint: Paint): (text: string) => string {
  const tones = {
    fail: paint.bad,
    error: paint.unsure,
    missing: paint.wait,
    pass: paint.good,
    planned: paint.good,
  }
  return tones[result]
}

function nameOf({ check, application }: CheckResult): string {
  return application === undefined ? check : `${application} ${check}`
}

function toolText({ tool, check }: CheckResult): string {
  if (!tool) return ''
  const name = tool.name === check ? '' : tool.name
  return [name, tool.version ?? (tool.digest ? tool.digest.slice(7, 19) : '')].filter(Boolean).join(' ')
}

/** What counts, worst first, one entry for each rule with the places it was broken at. */
function findingsText(check: CheckResult, paint: Paint): readonly string[] {
  const { findings, counts } = check
  if (findings.length === 0) return []
  const groups = grouped(findings)
  const shown = groups.slice(0, SHOWN)
  const more = counts.counted - shown.reduce((sum, group) => sum + group.length, 0)
  return [
    '',
    `${paint.bad(WORDS.fail)} ${paint.bold(line(nameOf(check), 40))} ${paint.dim(count(counts.counted, 'finding'))}`,
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
function asideText(check: CheckResult, paint: Paint): readonly string[] {
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
    `${paint.wait('SET ASIDE')} ${paint.bold(line(nameOf(check), 40))} ${paint.dim('does not count here; gates may say otherwise')}`,
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

function commandText(
  { tool, command, check, application, result }: CheckResult,
  paint: Paint,
): readonly string[] {
  if (result !== 'planned' || !command) return []
  const where = tool?.image ?? tool?.path
  const words = [...(where === undefined ? [] : [where]), ...command].map(quoted).join(' ')
  const name = application === undefined ? check : `${application} ${check}`
  return ['', paint.bold(line(name, 40)), ...wrap(line(words, 2000), WIDTH - 2).map((text) => `  ${text}`)]
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function nextText(check: CheckResult, paint: Paint): readonly string[] {
  if (!check.next) return []
  const mark = toneOf(check.result, paint)(WORDS[check.result])
  const why = check.code === undefined ? '' : ` ${line(check.code, 60)}`
  return [
    '',
    `${mark} ${paint.bold(line(nameOf(check), 40))}${why}`,
    ...wrap(`next: ${line(check.next, 600)}`, WIDTH - 2).map((text) => `  ${text}`),
  ]
}

function findingsMarkdown(check: CheckResult): string | undefined {
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
  return folded(`${md(nameOf(check))}: ${told.join(', ')}`, mdTable(['Severity', 'Rule', 'Where', ''], rows))
}
