import { formatDuration, printableLine } from '../../base/index.ts'
import { cut, formatBytes } from '../../report/index.ts'
import type { Paint } from '../../report/index.ts'
import { noteText, totals } from './state.ts'
import type { Progress, StepLine } from './state.ts'

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const BAR = 24
const MOST_BLOBS = 4

/** One picture of the work as it stands, for a terminal `width` columns wide. */
export function frame(progress: Progress, now: number, width: number, paint: Paint): string {
  const running = progress.steps.some((step) => step.state === 'running')
  const lines = progress.steps.flatMap((step) => stepLine(step, progress.note, { now, width, paint }))
  return [...lines, ...(running ? blobLines(progress, width, paint) : [])].join('\n')
}

/** A bar of `cells` characters, filled in proportion. */
export function bar(done: number, size: number, cells: number): string {
  const full = size > 0 ? Math.min(cells, Math.floor((done / size) * cells)) : cells
  return '█'.repeat(full) + '░'.repeat(cells - full)
}

interface Canvas {
  readonly now: number
  readonly width: number
  readonly paint: Paint
}

function stepLine(step: StepLine, newest: string | undefined, { now, width, paint }: Canvas): string {
  const spinner = SPINNER[Math.floor(now / 80) % SPINNER.length] ?? '-'
  const mark = {
    running: paint.accent(spinner),
    done: paint.good('✓'),
    skip: paint.dim('–'),
    stopped: paint.bad('✗'),
  }[step.state]
  const took = (step.endedAt ?? now) - step.startedAt
  const time = took >= 1000 ? formatDuration(took) : ''
  const name = printableLine(step.name, 24).padEnd(10)
  const room = Math.max(0, width - name.length - 14)
  const note = noteText((step.state === 'running' && newest) || step.note || '', room)
  return `  ${mark} ${name} ${paint.dim(`${note}${time && note ? '  ' : ''}${time}`)}`
}

function blobLines(progress: Progress, width: number, paint: Paint): readonly string[] {
  const sum = totals(progress)
  if (sum.blobs === 0) return []
  const moving = [...progress.blobs].filter(([, blob]) => blob.state === 'moving')
  const shown = moving.slice(0, MOST_BLOBS).map(([digest, blob]) => {
    const name = printableLine(digest.replace(/^sha\d+:/, ''), 12)
    return cut(`      ${bar(blob.done, blob.size, BAR)}  ${name}  ${amount(blob.done, blob.size)}`, width)
  })
  const rest = moving.length > MOST_BLOBS ? [`      and ${moving.length - MOST_BLOBS} more`] : []
  const count = `${sum.finished} of ${sum.blobs} blobs`
  const line = `      ${bar(sum.doneBytes, sum.bytes, BAR)}  ${count}  ${amount(sum.doneBytes, sum.bytes)}`
  return [...shown.map(paint.dim), ...rest.map(paint.dim), cut(line, width)]
}

function amount(done: number, size: number): string {
  return `${formatBytes(done)} of ${formatBytes(size)}`
}
