import type { HistoryAnswer, PromotionEntry } from '../insight/answers.ts'
import { gateSummary } from './gates.ts'
import { columns, title, wrap } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { formatTime, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** `waybill history` as text, newest first. */
export function historyText(answer: HistoryAnswer, paint: Paint): string {
  const { application, environment, repository } = answer
  const name = `${line(application, 60)} in ${line(environment, 60)} (${line(repository)})`
  const head = title(name, paint.bold)
  if (answer.promotions.length === 0)
    return `${[...head, '  nothing has been promoted there yet'].join('\n')}\n`
  return `${[...head, ...answer.promotions.flatMap((entry) => entryText(entry, paint))].join('\n')}\n`
}

export function historyMarkdown(answer: HistoryAnswer): string {
  const rows = answer.promotions.map((entry) => [
    `${entry.sequence}${entry.current ? ' (now)' : ''}`,
    md(formatTime(entry.finishedOn)),
    md(actionOf(entry)),
    code(shortDigestText(entry.digest)),
    entry.tags.map(code).join(' '),
    md(entry.signer),
    code(shortDigestText(entry.record)),
  ])
  return mdPage([
    `### ${md(answer.application)} in ${md(answer.environment)}`,
    mdTable(['No.', 'When', 'What', 'Digest', 'Tags', 'Signed by', 'Record'], rows),
  ])
}

/** One promotion: what, which digest, who, why; two to four lines. */
export function entryText(entry: PromotionEntry, paint: Paint, environment = ''): readonly string[] {
  const place = environment && `${paint.accent(line(environment, 40))} `
  const now = entry.current ? paint.good('now') : ''
  const tags = entry.tags.map((tag) => line(tag, 128)).join(', ')
  const rows: readonly (readonly [string, string])[] = [
    ['tags', tags],
    ['gates', gateSummary(entry.gates)],
    [
      'by',
      `${line(entry.signer, 80)}${entry.requestedBy ? `, asked by ${line(entry.requestedBy, 80)}` : ''}`,
    ],
    ['allowed', (entry.breakGlass ?? []).map(shortDigestText).join(', ')],
    ['record', shortDigestText(entry.record)],
    ['reason', line(entry.reason ?? '')],
  ]
  return [
    '',
    ...wrap(
      `${paint.bold(`#${entry.sequence}`)} ${place}${formatTime(entry.finishedOn)}, ${entry.kind === 'break-glass' ? paint.bad(actionOf(entry)) : actionOf(entry)}, ${shortDigestText(entry.digest)} ${now}`,
      WIDTH,
      '   ',
    ),
    ...columns(
      rows.filter(([, value]) => value !== '').map(([name, value]) => [`   ${paint.dim(name)}`, value]),
      WIDTH,
    ),
  ]
}

/** `promoted from dev`, `rolled back`, `forced in (break-glass)`. */
export function actionOf(entry: PromotionEntry): string {
  if (entry.kind === 'rollback') return 'rolled back'
  if (entry.kind === 'break-glass') return 'FORCED in (break-glass)'
  return `promoted from ${originOf(entry)}`
}

/** The environment it came from; a repository means that it came from the build. */
export function originOf(entry: PromotionEntry): string {
  return entry.from.includes('/') ? 'build' : line(entry.from, 60)
}
