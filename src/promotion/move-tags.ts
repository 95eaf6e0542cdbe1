import { fail, isFailure } from '../base/index.ts'
import { chainTag, readHead } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import { registryErrors } from '../registry/index.ts'
import { promotionErrors } from './errors.ts'
import { chainPlace } from './road.ts'
import type { Parts } from './road.ts'
import type { AttachedRecord, TaggedImage } from './steps.ts'

/**
 * tag: the human tags, then `promotions.<environment>` last, only if it still points at our predecessor.
 * Whoever loses that race stops: it removes its own record and puts the floating tags back to the winner's.
 * @throws PROMOTION_CONFLICT, TAG_CONFLICT
 */
export async function moveTags(attached: AttachedRecord, parts: Parts): Promise<TaggedImage> {
  const moved = await nameImage(attached)
  const head = await advanceChain(attached, parts)
  const named = attached.tags.tags.map((planned) => planned.tag)
  return { ...attached, record: head, named, moved }
}

/** Points the planned tags at the image. Returns those that had to move. */
export async function nameImage({
  tags,
  image,
  destination,
}: Pick<AttachedRecord, 'tags' | 'image' | 'destination'>): Promise<readonly string[]> {
  const moved: string[] = []
  for (const { tag, before } of tags.tags) {
    if (before === image.digest) continue
    await destination.putTag(tag, image.root, before ?? 'absent')
    moved.push(tag)
  }
  return moved
}

async function advanceChain(attached: AttachedRecord, parts: Parts): Promise<ChainRecord> {
  const { record, head, destination, stop } = attached
  try {
    await destination.putTag(chainTag(stop.environment), record.manifest, head?.record ?? 'absent')
    return record
  } catch (error) {
    if (!isFailure(error, registryErrors.TAG_CONFLICT)) throw error
    return settleRace(attached, parts, error)
  }
}

async function settleRace(attached: AttachedRecord, parts: Parts, cause: unknown): Promise<ChainRecord> {
  const { record, destination, stop } = attached
  const winner = await readHead(chainPlace(stop, parts))
  if (winner?.record === record.record) return winner
  await destination.deleteManifest(record.record)
  if (winner?.digest === record.digest) return winner
  if (winner) await restoreTags(attached, winner)
  const holds = winner
    ? `it holds ${shortDigest(winner.digest)} since record ${winner.sequence}`
    : 'its chain is gone'
  throw fail(promotionErrors.PROMOTION_CONFLICT, {
    message: `Another promotion of ${stop.application} into ${stop.environment} finished first: ${holds}.`,
    where: `${destination.location}:${chainTag(stop.environment)}`,
    cause,
  })
}

/** Our floating tags may have overwritten the winner's; the winner's record says which were its own. */
async function restoreTags({ tags, destination, image }: AttachedRecord, winner: ChainRecord): Promise<void> {
  const root = await destination.manifest(winner.digest)
  if (!root) return
  for (const { tag, mobility } of tags.tags) {
    if (mobility === 'immutable' || !winner.predicate.to.tags.includes(tag)) continue
    const now = await destination.head(tag)
    if (now?.digest === image.digest) await destination.putTag(tag, root, image.digest)
  }
}
