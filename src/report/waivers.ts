import type { WaiverEntry, WaiversAnswer } from '../promotion/commands.ts'
import { columns, title } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { formatTime, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** `waybill waive --list` as text: what is waived, by whom, until when, and what no longer counts. */
export function waiversText(answer: WaiversAnswer, paint: Paint): string {
  const head = title(headline(answer), paint.bold)
  if (answer.waivers.length === 0) return `${[...head, '  nothing is waived'].join('\n')}\n`
  const lines = answer.waivers.flatMap((one) => [
    '',
    `  ${paint.bold(shortDigestText(one.payload))} ${stateOf(one, paint)}`,
    ...columns(
      factsOf(one).map(([name, value]) => [`    ${paint.dim(name)}`, value]),
      WIDTH,
    ),
  ])
  return `${[...head, ...lines].join('\n')}\n`
}

export function waiversMarkdown(answer: WaiversAnswer): string {
  const rows = answer.waivers.map((one) => [
    one.state === 'in force' ? '**WAIVED**' : md(`does not count: ${one.why ?? ''}`),
    md(whatOf(one)),
    one.digest ? code(shortDigestText(one.digest)) : 'every image',
    md(one.by),
    md(formatTime(one.notAfter)),
    md(one.ticket ? `${one.reason} (${one.ticket})` : one.reason),
    code(shortDigestText(one.payload)),
  ])
  const heads = ['State', 'What', 'Image', 'By', 'Until', 'Why', 'Payload']
  return mdPage([
    `### ${md(headline(answer))}`,
    rows.length > 0 ? mdTable(heads, rows) : 'Nothing is waived.',
  ])
}

function headline({ application, environment }: WaiversAnswer): string {
  return `Waivers of ${line(application, 60)} in ${line(environment, 60)}`
}

function stateOf({ state, why }: WaiverEntry, paint: Paint): string {
  return state === 'in force' ? paint.wait('WAIVED') : paint.dim(`does not count: it ${line(why ?? '', 200)}`)
}

function factsOf(one: WaiverEntry): readonly (readonly [string, string])[] {
  const rows: readonly (readonly [string, string])[] = [
    ['what', line(whatOf(one))],
    ['image', one.digest ? shortDigestText(one.digest) : 'every image'],
    ['by', line(one.by, 120)],
    ['until', formatTime(one.notAfter)],
    ['why', line(one.reason)],
    ['ticket', line(one.ticket ?? '', 120)],
  ]
  return rows.filter(([, value]) => value !== '')
}

function whatOf({ gate, findings, packages, evenOnError }: WaiverEntry): string {
  const what = findings ? `${gate}: ${findings.join(', ')}` : `the whole gate ${gate}`
  const where = packages ? ` in ${packages.join(', ')}` : ''
  return `${what}${where}${evenOnError ? ', even when it could not tell' : ''}`
}
