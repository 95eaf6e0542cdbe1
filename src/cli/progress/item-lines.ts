import type { ItemStep, OwnStep } from '../../base/index.ts'
import { printableLine } from '../../base/index.ts'
import type { LinesOptions } from './lines-options.ts'

interface OwnLines {
  readonly onStep: (event: OwnStep) => void
  readonly stop: () => void
}

interface Waiting {
  readonly text: string[]
  readonly lines: OwnLines
}

const noGrouping = { start: () => {}, end: () => {} }

/**
 * Many items at once in a log that is read from top to bottom: the lines of each are kept until it ends, and come out
 * in one piece, folded where the CI folds. What became of it stands below, where everybody sees it.
 */
export function itemLines(
  { write, grouping, now }: LinesOptions,
  open: (options: LinesOptions) => OwnLines,
): (event: ItemStep) => void {
  const waiting = new Map<string, Waiting>()
  let ended = 0
  const begin = (item: string) => {
    const text: string[] = []
    const keep = (more: string) => {
      if (more !== '') text.push(`  ${more}`)
    }
    const lines = open({ write: keep, grouping: noGrouping, now })
    waiting.set(item, { text, lines })
  }
  const end = ({ item, state, note, total }: Extract<ItemStep, { state: 'start' | 'done' | 'failed' }>) => {
    ended++
    const name = printableLine(item, 200)
    const at = Math.floor(now() / 1000)
    const text = waiting.get(item)?.text.join('') ?? ''
    waiting.delete(item)
    if (text !== '') {
      grouping.start(name, at)
      write(text)
      grouping.end(name, at)
    }
    write(`${state} ${name}: ${printableLine(note, 400)} (${ended} of ${total})\n`)
  }
  return (event) => {
    if (event.state === 'within') waiting.get(event.item)?.lines.onStep(event.step)
    else if (event.state === 'start') begin(event.item)
    else end(event)
  }
}
