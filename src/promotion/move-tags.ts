import { fail, isFailure } from '../base/index.ts'
import { chainTag, predecessor, readHead } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
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
  const { record, head, destination, stop, tags } = attached
  const named = tags.tags.map((planned) => planned.tag)
  try {
    const moved = await nameImage(attached)
    await destination.putTag(chainTag(stop.environment), record.manifest, head?.record ?? 'absent')
    for (const left of attached.superseded) await destination.deleteManifest(left)
    return { ...attached, named, moved }
  } catch (error) {
    if (!isFailure(error, registryErrors.TAG_CONFLICT)) throw error
    return { ...attached, record: await settleRace(attached, parts, error), named, moved: [] }
  }
}

/**
 * Looks once more at the end: on a registry without If-Match two promoters can each believe that they were first.
 * Gives the record that is the environment's head now, ours or one that follows ours.
 * @throws PROMOTION_CONFLICT when our record is not in the chain
 */
export async function confirmHead(tagged: TaggedImage, parts: Parts): Promise<ChainRecord> {
  const { record, destination, stop } = tagged
  const tag = chainTag(stop.environment)
  const now = await destination.head(tag)
  if (now?.digest === record.record) return record
  if (!now) {
    // Whoever lost against us removed the record we share with it.
    await destination.putTag(tag, record.manifest, 'absent')
    return record
  }
  const cause = `${tag} is at ${now.digest}, expected ${record.record}`
  await settleRace(tagged, parts, new Error(cause))
  return (await readHead(chainPlace(stop, parts))) ?? record
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

/** The record that stands for this promotion after a lost race: ours, when the winner followed it, or the winner's. */
async function settleRace(attached: AttachedRecord, parts: Parts, cause: unknown): Promise<ChainRecord> {
  const { record, destination, stop } = attached
  const place = chainPlace(stop, parts)
  const winner = await readHead(place)
  if (winner && (await leadsTo(place, winner, record))) return record
  if (attached.isOurs) await destination.deleteManifest(record.record)
  if (winner && winner.record !== attached.head?.record) {
    if (winner.digest === record.digest) return winner
    await restoreTags(attached, winner)
    throw conflict(attached, winner, cause)
  }
  // Nobody was promoted: somebody else moved one of the human tags.
  throw cause
}

/** True when `record` is in the chain that ends at `head`. It may not be removed then, whoever wrote it. */
async function leadsTo(place: ChainPlace, head: ChainRecord, record: ChainRecord): Promise<boolean> {
  let current: ChainRecord | undefined = head
  while (current && current.sequence > record.sequence) current = await predecessor(place, current)
  return current?.record === record.record
}

function conflict({ stop, destination }: AttachedRecord, winner: ChainRecord, cause: unknown) {
  return fail(promotionErrors.PROMOTION_CONFLICT, {
    message: `Another promotion of ${stop.application} into ${stop.environment} finished first: it holds ${shortDigest(winner.digest)} since record ${winner.sequence}.`,
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
