import type { ItemStep } from '../../base/index.ts'
import { formatDuration, printableLine } from '../../base/index.ts'
import { cut, formatBytes, widthOf } from '../../report/index.ts'
import type { Paint } from '../../report/index.ts'
import { advance, noProgress, noteText, totals } from './state.ts'
import type { Progress } from './state.ts'

/** Many items at once: those under way, and counts of the rest. Times in milliseconds. */
export interface Items {
  readonly startedAt: number
  readonly total: number
  readonly done: number
  readonly failed: number
  readonly requests: number
  /** Of blobs that arrived whole. */
  readonly bytes: number
  readonly active: ReadonlyMap<string, Progress>
}

export function noItems(now: number): Items {
  return { startedAt: now, total: 0, done: 0, failed: 0, requests: 0, bytes: 0, active: new Map() }
}

/** The items after one more event. */
export function advanceItems(items: Items, event: ItemStep, now: number): Items {
  const active = new Map(items.active)
  if (event.state === 'within') {
    const { step } = event
    active.set(event.item, advance(active.get(event.item) ?? noProgress(now), step, now))
    const arrived = step.kind === 'blob' && step.state === 'done' ? step.size : 0
    return { ...items, active, bytes: items.bytes + arrived }
  }
  const { total, requests } = event
  const startedAt = items.total === 0 ? now : items.startedAt
  if (event.state === 'start') active.set(event.item, noProgress(now))
  else active.delete(event.item)
  const done = items.done + Number(event.state === 'done')
  const failed = items.failed + Number(event.state === 'failed')
  return { ...items, startedAt, total, requests, active, done, failed }
}

export interface Canvas {
  readonly now: number
  readonly width: number
  readonly height: number
  readonly paint: Paint
}

const MOST_ITEMS = 12

/** One picture: the sum in one line, and the items under way. Empty when there are none. */
export function itemsFrame(items: Items, { now, width, height, paint }: Canvas): string {
  if (items.total === 0) return ''
  const room = Math.max(1, Math.min(MOST_ITEMS, height - 4))
  const active = [...items.active]
  const shown = active.slice(0, room)
  const longest = Math.max(0, ...shown.map(([item]) => widthOf(nameOf(item))))
  const lines = shown.map(([item, progress]) => itemLine(item, progress, { now, width, longest }))
  const more = active.length > room ? [`    and ${active.length - room} more`] : []
  return [summaryLine(items, now, width), ...[...lines, ...more].map(paint.dim)].join('\n')
}

function summaryLine({ startedAt, total, done, failed, requests, bytes }: Items, now: number, width: number) {
  const facts = [
    `${done + failed} of ${total}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    formatBytes(bytes),
    `${requests} requests`,
    formatDuration(now - startedAt),
  ]
  return cut(`  ${facts.join('  ')}`, width)
}

interface Row {
  readonly now: number
  readonly width: number
  /** Columns of the longest name beside it. */
  readonly longest: number
}

/** `    gitleaks  scan  12s  newest line of the tool`; where bytes move, how many of them. */
function itemLine(item: string, progress: Progress, { now, width, longest }: Row): string {
  const step = progress.steps.findLast(({ state }) => state === 'running') ?? progress.steps.at(-1)
  const { doneBytes, bytes } = totals(progress)
  const facts = [
    nameOf(item) + ' '.repeat(longest - widthOf(nameOf(item))),
    printableLine(step?.name ?? '', 24),
    formatDuration(now - progress.startedAt),
    bytes > 0 ? `${formatBytes(doneBytes)} of ${formatBytes(bytes)}` : '',
    noteText(progress.note || step?.note || '', width),
  ]
  return cut(`    ${facts.filter(Boolean).join('  ')}`, width)
}

/** Half a line at most, so that something can be said of it. */
function nameOf(item: string): string {
  return cut(printableLine(item, 100), 40)
}
