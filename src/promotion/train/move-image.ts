import { copyClosure } from '../../registry/index.ts'
import { stepping } from '../stepping.ts'
import type { CopiedItem } from '../train-answer.ts'
import type { Telling, TrainParts } from './parts.ts'
import type { SourcedPair } from './survey.ts'

/** One copy, for every pair of the train that brings this digest into this repository. */
export interface Move {
  readonly pair: SourcedPair
  /** Tags to be written. None: the tags are right already, and only referrers may have come later. */
  readonly write: readonly string[]
  readonly referrers: boolean
}

/** Copies one image, and writes its tags when everything else is there. @throws as `copyClosure` */
export async function moveImage(
  { pair, write, referrers: withReferrers }: Move,
  parts: TrainParts,
  { onStep, requests }: Telling,
): Promise<{ readonly outcome: 'copied' | 'already'; readonly image: CopiedItem }> {
  const { source, destination, digest } = pair
  const step = stepping({ onStep, signal: parts.signal })
  const report = await step('copy', () =>
    copyClosure({
      source,
      destination: parts.store(destination),
      root: digest,
      tags: write,
      newTags: pair.tags,
      referrers: withReferrers,
      onStep,
      signal: parts.signal,
    }),
  )
  const { manifests, blobs, bytes, mounted, referrers, serverSide } = report
  const counts = { manifests, blobs, bytes, mounted, referrers, requests: requests() }
  const copy = { ...counts, ...(serverSide && { serverSide }) }
  const moved = write.length + manifests + blobs + mounted + (serverSide ? 1 : 0)
  return { outcome: moved > 0 ? 'copied' : 'already', image: { ...imageOf(pair), copy } }
}

export function imageOf({ order, digest }: SourcedPair): CopiedItem {
  const { source, destination, tags, floating } = order
  return { source, destination, digest, tags: [...tags, ...floating] }
}
