import type { OnStep } from '../../base/index.ts'
import { formatRepository } from '../../oci/index.ts'
import { copyClosure } from '../../registry/index.ts'
import type { CopyReport } from '../../registry/index.ts'
import { stepping } from '../stepping.ts'
import type { CopiedItem } from '../train-answer.ts'
import type { TrainParts } from './parts.ts'
import type { PlannedPair } from './plan-train.ts'
import type { SourcedPair } from './survey.ts'

type Movable = Exclude<PlannedPair<SourcedPair>, { state: 'conflict' }>

/**
 * Copies one image, verified on arrival, and moves its tags last, each only from what the plan saw there. An image
 * whose tags are right already is copied all the same when its referrers count: some may have come later.
 * @throws as `copyClosure` and `putTag`
 */
export async function moveImage(
  planned: Movable,
  copies: Map<string, Promise<CopyReport>>,
  parts: TrainParts,
  onStep: OnStep,
): Promise<{ readonly outcome: 'copied' | 'already'; readonly image: CopiedItem }> {
  const { pair } = planned
  const write = planned.state === 'move' ? planned.write : []
  const destination = parts.store(pair.destination)
  const step = stepping({ onStep, signal: parts.signal })
  const copied = await step('copy', () => copyOnce(pair, copies, parts, onStep))
  for (const { tag, before } of write) await destination.putTag(tag, copied.root, before ?? 'absent')
  const { manifests, blobs, bytes, mounted, referrers, requests } = copied
  const isFirst = planned.state === 'present' || planned.first === undefined
  const copy = isFirst ? { manifests, blobs, bytes, mounted, referrers, requests } : undefined
  const moved = write.length + (copy ? copy.manifests + copy.blobs + copy.mounted : 0)
  return { outcome: moved > 0 ? 'copied' : 'already', image: { ...imageOf(pair), ...(copy && { copy }) } }
}

/** Two pairs that bring one digest into one repository share the copy. */
function copyOnce(
  { destination, source, digest, order }: SourcedPair,
  copies: Map<string, Promise<CopyReport>>,
  parts: TrainParts,
  onStep: OnStep,
): Promise<CopyReport> {
  const key = `${formatRepository(destination)}@${digest} ${order.referrers}`
  const known = copies.get(key)
  if (known) return known
  const fresh = copyClosure({
    source,
    destination: parts.store(destination),
    root: digest,
    referrers: order.referrers,
    onStep,
    signal: parts.signal,
  })
  copies.set(key, fresh)
  return fresh
}

export function imageOf({ order, digest }: SourcedPair): CopiedItem {
  const { source, destination, tags, floating } = order
  return { source, destination, digest, tags: [...tags, ...floating] }
}
