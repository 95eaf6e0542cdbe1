import { printableLine } from '../../base/index.ts'
import type { OwnStep } from '../../base/index.ts'
import { count, cut, formatBytes } from '../../report/index.ts'

export interface StepLine {
  readonly name: string
  readonly state: 'running' | 'done' | 'skip' | 'stopped'
  readonly note: string | undefined
  readonly startedAt: number
  readonly endedAt: number | undefined
}

export interface BlobLine {
  readonly done: number
  readonly size: number
  readonly state: 'moving' | 'done' | 'mounted' | 'present'
}

/** Everything known about the work so far; blobs and manifests are those of the newest step. Times in milliseconds. */
export interface Progress {
  readonly startedAt: number
  readonly steps: readonly StepLine[]
  readonly blobs: ReadonlyMap<string, BlobLine>
  readonly manifests: number
  /** What the newest step says of itself at the moment. */
  readonly note?: string
}

export function noProgress(now: number): Progress {
  return { startedAt: now, steps: [], blobs: new Map(), manifests: 0 }
}

/** The progress after one more event. Warnings are printed, not kept. */
export function advance(progress: Progress, event: OwnStep, now: number): Progress {
  switch (event.kind) {
    case 'step':
      return event.state === 'start'
        ? { ...noProgress(progress.startedAt), steps: [...progress.steps, started(event, now)] }
        : { ...progress, steps: withEnd(progress, event, now), note: '' }
    case 'blob': {
      const { digest, done, size, state } = event
      return { ...progress, blobs: new Map(progress.blobs).set(digest, { done, size, state }) }
    }
    case 'manifest':
      return { ...progress, manifests: progress.manifests + 1 }
    case 'note':
      return { ...progress, note: event.note }
    case 'warning':
      return progress
  }
}

/** The progress when the work has ended: what was still running did not finish. */
export function halted(progress: Progress, now: number): Progress {
  const steps = progress.steps.map((step) =>
    step.state === 'running' ? ({ ...step, state: 'stopped', endedAt: now } as const) : step,
  )
  return { ...progress, steps }
}

/** Bytes and blobs of a copy, for one line. What was mounted or already there counts as done. */
export function totals(progress: Progress) {
  const blobs = [...progress.blobs.values()]
  const finished = blobs.filter((blob) => blob.state !== 'moving')
  const doneBytes = blobs.reduce((sum, blob) => sum + (blob.state === 'moving' ? blob.done : blob.size), 0)
  const bytes = blobs.reduce((sum, blob) => sum + blob.size, 0)
  return { blobs: blobs.length, finished: finished.length, doneBytes, bytes, manifests: progress.manifests }
}

/** A note for people: digests short, harmless, at most `width` wide. */
export function noteText(note: string, width: number): string {
  const short = note.replaceAll(/sha(?:256|512):([0-9a-f]{12})[0-9a-f]{52,}/g, '$1')
  return cut(printableLine(short, 400), width)
}

type StepEvent = Extract<OwnStep, { kind: 'step' }>

function started({ step: name, note }: StepEvent, now: number): StepLine {
  return { name, state: 'running', note, startedAt: now, endedAt: undefined }
}

function withEnd(progress: Progress, event: StepEvent, now: number): readonly StepLine[] {
  const { steps } = progress
  const at = steps.findLastIndex((line) => line.name === event.step && line.state === 'running')
  const before = steps[at]
  const ended = {
    name: event.step,
    state: event.state === 'skip' ? 'skip' : 'done',
    note: event.note ?? copied(progress) ?? before?.note,
    startedAt: before?.startedAt ?? now,
    endedAt: now,
  } as const
  return before ? steps.with(at, ended) : [...steps, ended]
}

/** What a step that moved blobs says when it has nothing to say itself. */
function copied(progress: Progress): string | undefined {
  const { blobs, bytes } = totals(progress)
  return blobs > 0 ? `${count(blobs, 'blob')}, ${formatBytes(bytes)}` : undefined
}
