import type { ItemStep } from '../../base/index.ts'
import { formatDuration, printableLine } from '../../base/index.ts'
import { cut, formatBytes } from '../../report/index.ts'
import type { Paint } from '../../report/index.ts'
import { advance, noProgress, totals } from './state.ts'
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
  const lines = active.slice(0, room).map(([item, progress]) => itemLine(item, progress, width))
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

function itemLine(item: string, progress: Progress, width: number): string {
  const step = progress.steps.findLast(({ state }) => state === 'running') ?? progress.steps.at(-1)
  const { doneBytes, bytes } = totals(progress)
  const amount = bytes > 0 ? `  ${formatBytes(doneBytes)} of ${formatBytes(bytes)}` : ''
  return cut(`    ${printableLine(item, 100)}  ${printableLine(step?.name ?? '', 24)}${amount}`, width)
}
