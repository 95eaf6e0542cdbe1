import { formatDuration } from '../base/index.ts'
import type { CheckOutcome, CheckResult } from '../pipeline/check-outcome.ts'
import { checkName, checkWords } from './check-words.ts'
import { asideText, findingsMarkdown, findingsText } from './check-findings.ts'
import { columns, title, wrap } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line } from './words.ts'

const WIDTH = 80

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
    `**${checkWords[check.result]}**`,
    md(checkName(check)),
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
    ...checks.flatMap((check) => (check.next ? [`> ${md(checkName(check))}: ${md(check.next)}`] : [])),
  ])
}

const ORDER = Object.keys(checkWords)

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
    `  ${toneOf(check.result, paint)(checkWords[check.result])}`,
    paint.bold(line(checkName(check), 40)),
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

function toolText({ tool, check }: CheckResult): string {
  if (!tool) return ''
  const name = tool.name === check ? '' : tool.name
  return [name, tool.version ?? (tool.digest ? tool.digest.slice(7, 19) : '')].filter(Boolean).join(' ')
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
  const mark = toneOf(check.result, paint)(checkWords[check.result])
  const why = check.code === undefined ? '' : ` ${line(check.code, 60)}`
  return [
    '',
    `${mark} ${paint.bold(line(checkName(check), 40))}${why}`,
    ...wrap(`next: ${line(check.next, 600)}`, WIDTH - 2).map((text) => `  ${text}`),
  ]
}
