import type { Step } from '../../base/index.ts'

export interface StepLine {
  readonly name: string
  readonly state: 'running' | 'done' | 'skip'
  readonly note: string | undefined
  readonly startedAt: number
  readonly endedAt: number | undefined
}

export interface BlobLine {
  readonly done: number
  readonly size: number
  readonly state: 'moving' | 'done' | 'mounted' | 'present'
}

/** Everything known about the work so far. Times in milliseconds. */
export interface Progress {
  readonly startedAt: number
  readonly steps: readonly StepLine[]
  readonly blobs: ReadonlyMap<string, BlobLine>
  readonly manifests: number
}

export function noProgress(now: number): Progress {
  return { startedAt: now, steps: [], blobs: new Map(), manifests: 0 }
}

/** The progress after one more event. Warnings are printed, not kept. */
export function advance(progress: Progress, event: Step, now: number): Progress {
  switch (event.kind) {
    case 'step':
      return { ...progress, steps: withStep(progress.steps, event, now) }
    case 'blob': {
      const { digest, done, size, state } = event
      return { ...progress, blobs: new Map(progress.blobs).set(digest, { done, size, state }) }
    }
    case 'manifest':
      return { ...progress, manifests: progress.manifests + 1 }
    case 'warning':
      return progress
  }
}

/** Bytes and blobs of a copy, for one line. What was mounted or already there counts as done. */
export function totals(progress: Progress) {
  const blobs = [...progress.blobs.values()]
  const finished = blobs.filter((blob) => blob.state !== 'moving')
  const doneBytes = blobs.reduce((sum, blob) => sum + (blob.state === 'moving' ? blob.done : blob.size), 0)
  const bytes = blobs.reduce((sum, blob) => sum + blob.size, 0)
  return { blobs: blobs.length, finished: finished.length, doneBytes, bytes, manifests: progress.manifests }
}

function withStep(steps: readonly StepLine[], event: Extract<Step, { kind: 'step' }>, now: number) {
  const { step: name, state, note } = event
  if (state === 'start') {
    return [...steps, { name, state: 'running', note, startedAt: now, endedAt: undefined } as const]
  }
  const at = steps.findLastIndex((line) => line.name === name && line.state === 'running')
  const before = steps[at]
  const ended = { name, state, note: note ?? before?.note, startedAt: before?.startedAt ?? now, endedAt: now }
  return before ? steps.with(at, ended) : [...steps, ended]
}
