import { createLogUpdate } from 'log-update'
import type { Step } from '../../base/index.ts'
import { printableLine } from '../../base/index.ts'
import type { Paint } from '../../report/index.ts'
import { frame } from './frame.ts'
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
  const draw = () => {
    // Nothing to show, nothing drawn: a question may stand on the line.
    if (progress.steps.length > 0) log(frame(progress, now(), stream.columns ?? 80, paint))
  }
  const timer = setInterval(draw, REDRAW_MILLISECONDS)
  return {
    onStep: (event: Step) => {
      progress = advance(progress, event, now())
      if (event.kind === 'warning')
        log.persist(`  ${paint.wait('warning')} ${printableLine(event.message, 400)}`)
    },
    stop: () => {
      clearInterval(timer)
      progress = halted(progress, now())
      draw()
      log.done()
    },
  }
}
