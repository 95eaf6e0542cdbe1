import type { OwnStep, Step } from '../../base/index.ts'
import { formatDuration, printableLine } from '../../base/index.ts'
import { formatBytes, shortDigestText } from '../../report/index.ts'
import { itemLines } from './item-lines.ts'
import type { LinesOptions } from './lines-options.ts'
import { advance, noProgress, noteText } from './state.ts'
import type { Progress } from './state.ts'

/** Plain lines for pipes and CI logs. Of many items under way together, each has its lines in one piece. */
export function lineProgress(options: LinesOptions) {
  const own = ownLines(options)
  const items = itemLines(options, ownLines)
  return {
    onStep: (event: Step) => (event.kind === 'item' ? items(event) : own.onStep(event)),
    stop: own.stop,
  }
}

/** One line when a step ends, blobs as they arrive, groups where the CI folds them. */
function ownLines({ write, grouping, now }: LinesOptions) {
  let progress = noProgress(now())
  let open: string | undefined
  const close = () => {
    if (open !== undefined) grouping.end(open, seconds(now()))
    open = undefined
  }
  const show = (event: OwnStep) => {
    if (event.kind !== 'step') return eventLine(event).forEach((line) => write(`  ${line}\n`))
    const name = printableLine(event.step, 60)
    if (event.state === 'start') {
      close()
      open = name
      grouping.start(name, seconds(now()))
    } else {
      write(`${endLine(progress, name, event)}\n`)
      close()
    }
  }
  return {
    onStep: (event: OwnStep) => {
      progress = advance(progress, event, now())
      show(event)
    },
    stop: close,
  }
}

function eventLine(event: Exclude<OwnStep, { kind: 'step' }>): readonly string[] {
  if (event.kind === 'warning') return [`warning ${event.code}: ${printableLine(event.message, 400)}`]
  if (event.kind === 'manifest' || event.kind === 'note') return []
  if (event.state === 'moving') return []
  return [`blob ${shortDigestText(event.digest)} ${event.state} (${formatBytes(event.size)})`]
}

function endLine(progress: Progress, name: string, event: Extract<OwnStep, { kind: 'step' }>): string {
  const step = progress.steps.findLast((line) => line.name === event.step)
  const took = step?.endedAt === undefined ? 0 : step.endedAt - step.startedAt
  const facts = [noteText(step?.note ?? '', 200), took >= 1000 ? formatDuration(took) : ''].filter(Boolean)
  const mark = event.state === 'skip' ? 'skip' : 'done'
  return `${mark} ${name}${facts.length > 0 ? `: ${facts.join('; ')}` : ''}`
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
