import type { PlanDelta } from '../promotion/plan-delta.ts'
import { sumsOf } from './delta-rows.ts'
import type { DeltaRow } from './delta-rows.ts'
import { columns, cut, title, wrap } from './layout.ts'
import { code, fenced, folded, md, mdPage } from './markdown.ts'
import type { Paint } from './paint.ts'
import { formatTime, line, lines, markWords, paintMark, shortDigestText } from './words.ts'

const WIDTH = 80
/** Rows of one list that are shown to people; JSON has more. */
const SHOWN = 10
const DIFF_LINES = 200

/** What a promotion would change, as text, 80 columns. */
export function deltaText(delta: PlanDelta, paint: Paint): readonly string[] {
  const sums = sumsOf(delta)
  return [
    '',
    ...title(heading(delta), paint.bold),
    ...sums.flatMap(({ name, text, rows }) => [
      ...columns([[`  ${paint.dim(name.padEnd(NAME_WIDTH))}`, text]], WIDTH),
      ...shown(rows).flatMap((row) => rowText(row, paint)),
    ]),
    ...delta.manifests.files.flatMap(({ diff }) => ['', ...diffText(diff, paint)]),
    ...missingText(delta, paint),
  ]
}

/** The sums alone, a line each: `packages: 1 added`. Plain text. */
export function deltaLines(delta: PlanDelta): readonly string[] {
  return sumsOf(delta).map(({ name, text }) => `${name}: ${text}`)
}

/** The same for a pull request: the sums to see, the lists folded away. */
export function deltaMarkdown(delta: PlanDelta): string {
  const sums = sumsOf(delta)
  return mdPage([
    `#### ${md(heading(delta))}`,
    sums.map(({ name, text }) => `- **${name}**: ${md(text)}`).join('\n'),
    ...sums
      .filter(({ rows }) => rows.length > 0)
      .map(({ name, rows }) => folded(capital(name), shown(rows).map(rowMarkdown).join('\n'))),
    ...delta.manifests.files.map(({ path, diff }) => folded(md(path), fenced('diff', shortened(diff)))),
    missingMarkdown(delta),
  ]).trimEnd()
}

const NAME_WIDTH = 'vulnerabilities'.length

function heading({ against }: PlanDelta): string {
  if (!against) return 'Changes (nothing is there yet)'
  const version = against.version ? `${line(against.version, 40)}, ` : ''
  return `Changes against ${shortDigestText(against.digest)} (${version}there since ${formatTime(against.since)})`
}

function shown(rows: readonly DeltaRow[]): readonly DeltaRow[] {
  const rest = rows.length - SHOWN
  return rest > 0 ? [...rows.slice(0, SHOWN), { sign: ' ', text: `… and ${rest} more` }] : rows
}

function rowText({ sign, text }: DeltaRow, paint: Paint): readonly string[] {
  return wrap(text, WIDTH - 6).map((part, index) => `    ${index === 0 ? painted(sign, paint) : ' '} ${part}`)
}

function painted(sign: DeltaRow['sign'], paint: Paint): string {
  return { '+': paint.good, '-': paint.dim, '!': paint.bad, '~': paint.wait, ' ': paint.dim }[sign](sign)
}

function rowMarkdown({ sign, text }: DeltaRow): string {
  return `- ${sign === ' ' ? '' : `${code(sign)} `}${md(text)}`
}

function diffText(diff: string, paint: Paint): readonly string[] {
  const tone = (text: string) =>
    text.startsWith('+') ? paint.good(text) : text.startsWith('-') ? paint.bad(text) : text
  return lines(shortened(diff)).map((text) => `    ${tone(cut(text, WIDTH - 4))}`)
}

function shortened(diff: string): string {
  const all = diff.trimEnd().split('\n')
  const rest = all.length - DIFF_LINES
  return rest > 0 ? [...all.slice(0, DIFF_LINES), `… and ${rest} more lines`].join('\n') : all.join('\n')
}

function missingText({ missing, earliest }: PlanDelta, paint: Paint): readonly string[] {
  if (missing.length === 0) return []
  return [
    '',
    paint.bold('Missing'),
    ...missing.flatMap(({ gate, result, command, earliest: at }) => [
      ...columns(
        [[`  ${paintMark(result, paint)}`, line(gate, 16), at ? `not before ${formatTime(at)}` : '']],
        WIDTH,
      ),
      ...(command === undefined ? [] : commandLines(command)),
    ]),
    ...(earliest ? [`  The earliest time it can go is ${formatTime(earliest)}.`] : []),
  ]
}

/** A command over several lines, as a shell takes it; nothing in it is broken. */
function commandLines(command: string): readonly string[] {
  const parts: string[] = []
  for (const word of line(command, 1000).match(/(?:'[^']*'|[^\s'])+/g) ?? []) {
    const last = parts.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= WIDTH - 8)
      parts[parts.length - 1] = `${last} ${word}`
    else parts.push(word)
  }
  return parts.map(
    (part, index) => `${index === 0 ? '    ' : '      '}${part}${index < parts.length - 1 ? ' \\' : ''}`,
  )
}

function missingMarkdown({ missing, earliest }: PlanDelta): string | undefined {
  if (missing.length === 0) return undefined
  const rows = missing.map(({ gate, result, command, earliest: at }) => {
    const how = [at && `not before ${md(formatTime(at))}`, command && code(command)]
    return [`- **${markWords[result]}** ${md(gate)}`, ...how.filter(Boolean)].join(': ')
  })
  const time = earliest ? [`The earliest time it can go is ${md(formatTime(earliest))}.`] : []
  return ['**Missing**', rows.join('\n'), ...time].join('\n\n')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
