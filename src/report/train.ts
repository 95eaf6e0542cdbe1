import type { ItemOutcome, TrainAnswer, TrainItem, TrainSummary } from '../promotion/train-answer.ts'
import { columns, title, wrap } from './layout.ts'
import { md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, formatBytes, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** A train as text, 80 columns: the sum, then every item that is not simply done, then the others. */
export function trainText(answer: TrainAnswer, paint: Paint): string {
  const rows = byUrgency(answer.items).map((item) => [
    `  ${wordOf(item, paint)}`,
    `${line(item.item, 200)}${whatOf(item)}`,
  ])
  const lines = [
    ...title(headline(answer), (text) => paint.bold(TONES[answer.outcome](paint)(text))),
    ...wrap(sumLine(answer.summary), WIDTH - 2).map((text) => `  ${text}`),
    ...hostRows(answer, paint),
    '',
    ...columns(rows, WIDTH),
    ...nextOf(answer).flatMap((next) => ['', ...wrap(`next: ${next}`, WIDTH, '  ')]),
  ]
  return `${lines.join('\n')}\n`
}

/** The same as a comment for a pull request. */
export function trainMarkdown(answer: TrainAnswer): string {
  const rows = byUrgency(answer.items).map((item) => [
    `**${WORDS[item.outcome]}**`,
    md(item.item),
    md(whatOf(item).replace(/^: /, '')),
  ])
  return mdPage([
    `### ${md(headline(answer))}`,
    md(sumLine(answer.summary)),
    mdTable(['', 'item', ''], rows),
    ...nextOf(answer).map((next) => `Next: ${md(next)}`),
  ])
}

const TONES = {
  done: (paint: Paint) => paint.good,
  refused: (paint: Paint) => paint.bad,
  pending: (paint: Paint) => paint.wait,
  error: (paint: Paint) => paint.unsure,
} as const

const WORDS: Readonly<Record<ItemOutcome, string>> = {
  error: 'ERROR',
  refused: 'REFUSED',
  unproven: 'UNPROVEN',
  pending: 'PENDING',
  'not-started': 'NOT STARTED',
  planned: 'WOULD MOVE',
  promoted: 'PROMOTED',
  copied: 'COPIED',
  already: 'ALREADY',
}

const ORDER = Object.keys(WORDS)

/** What needs somebody comes first; otherwise as in the file. */
function byUrgency(items: readonly TrainItem[]): readonly TrainItem[] {
  return items.toSorted((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))
}

function headline({ outcome, dryRun, interrupted, summary }: TrainAnswer): string {
  const { items, promoted, copied, already, planned } = summary
  if (dryRun) return `Plan of a train, ${planned} of ${count(items, 'item')} would move`
  const good = promoted + copied + already
  if (interrupted) return `Train interrupted, ${good} of ${count(items, 'item')} done`
  return outcome === 'done'
    ? `Train done, ${count(items, 'item')}`
    : `Train, ${good} of ${count(items, 'item')} done`
}

function sumLine(summary: TrainSummary): string {
  const { promoted, copied, already, planned, unproven, refused, pending, error, notStarted } = summary
  const counts = {
    promoted,
    copied,
    already,
    planned,
    unproven,
    refused,
    pending,
    error,
    'not started': notStarted,
  }
  const told = Object.entries(counts).flatMap(([name, number]) => (number > 0 ? [`${number} ${name}`] : []))
  const { blobs, bytes, mounted, requests } = summary
  const moved = `${count(blobs, 'blob')}${mounted > 0 ? `, ${mounted} mounted` : ''}; ${formatBytes(bytes)}`
  return `${told.join(', ')}; ${moved} in ${count(requests, 'request')}`
}

function hostRows({ hosts }: TrainAnswer, paint: Paint): readonly string[] {
  const rows = hosts.map(({ host, repositories, present, move, conflict }) => [
    `  ${paint.dim(line(host, 60))}`,
    `${count(repositories, 'repository', 'repositories')}: ${present} there, ${move} to move, ${conflict} in conflict`,
  ])
  return columns(rows, WIDTH)
}

function wordOf({ outcome }: TrainItem, paint: Paint): string {
  const word = WORDS[outcome]
  if (outcome === 'error') return paint.unsure(word)
  if (outcome === 'refused' || outcome === 'unproven') return paint.bad(word)
  if (outcome === 'pending' || outcome === 'not-started') return paint.wait(word)
  return outcome === 'already' ? paint.dim(word) : paint.good(word)
}

/** The digest that moved, or what stood in the way. */
function whatOf({ promotion, image, error, reason, outcome }: TrainItem): string {
  if (error) return `: ${error.code}: ${line(error.message)}`
  if (reason !== undefined) return `: ${line(reason)}`
  const stopped = outcome === 'refused' || outcome === 'pending' || outcome === 'error'
  const gates =
    promotion?.verdict.gates.filter(({ result }) => result !== 'pass' && result !== 'waived') ?? []
  if (stopped && gates.length > 0)
    return `: ${gates.map(({ gate, reason: why }) => `${line(gate, 60)}: ${line(why)}`).join(' ')}`
  if (outcome === 'unproven') return `: ${line(promotion?.proof?.reason ?? 'not proven')}`
  const digest = promotion?.digest ?? image?.digest
  return digest ? `: ${shortDigestText(digest)}` : ''
}

function nextOf({ outcome, dryRun, summary }: TrainAnswer): readonly string[] {
  if (dryRun) return summary.planned > 0 ? ['nothing was written; without --dry-run it is done'] : []
  if (outcome === 'done') return []
  return ['run the same command again; it does what is left, and what is done stays as it is']
}
