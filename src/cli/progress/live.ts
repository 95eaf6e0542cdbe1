import { createLogUpdate } from 'log-update'
import type { ItemStep, Step } from '../../base/index.ts'
import { printableLine } from '../../base/index.ts'
import type { Paint } from '../../report/index.ts'
import { frame } from './frame.ts'
import { advanceItems, itemsFrame, noItems } from './items.ts'
import { advance, halted, noProgress } from './state.ts'

const REDRAW_MILLISECONDS = 80

export interface LiveOptions {
  readonly stream: NodeJS.WriteStream
  readonly paint: Paint
  readonly now: () => number
}

/** A view on a terminal that redraws itself while the work runs, and leaves its last picture behind. */
export function liveProgress({ stream, paint, now }: LiveOptions) {
  const log = createLogUpdate(stream)
  let progress = noProgress(now())
  let items = noItems(now())
  const draw = () => {
    const width = stream.columns ?? 80
    const pictures = [
      frame(progress, now(), width, paint),
      itemsFrame(items, { now: now(), width, height: stream.rows ?? 24, paint }),
    ].filter(Boolean)
    // Nothing to show, nothing drawn: a question may stand on the line.
    if (pictures.length > 0) log(pictures.join('\n'))
  }
  const warn = (message: string) => log.persist(`  ${paint.wait('warning')} ${printableLine(message, 400)}`)
  const timer = setInterval(draw, REDRAW_MILLISECONDS)
  return {
    onStep: (event: Step) => {
      if (event.kind === 'item') {
        items = advanceItems(items, event, now())
        if (event.state === 'failed') log.persist(failedLine(event, paint))
        if (event.state === 'within' && event.step.kind === 'warning') warn(event.step.message)
        return
      }
      progress = advance(progress, event, now())
      if (event.kind === 'warning') warn(event.message)
    },
    stop: () => {
      clearInterval(timer)
      progress = halted(progress, now())
      draw()
      log.done()
    },
  }
}

function failedLine({ item, note }: Extract<ItemStep, { note: string }>, paint: Paint): string {
  return `  ${paint.bad('✗')} ${printableLine(item, 120)} ${printableLine(note, 400)}`
}
