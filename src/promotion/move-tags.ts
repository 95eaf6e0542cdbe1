import { fail, isFailure } from '../base/index.ts'
import type { WaybillError } from '../base/index.ts'
import { chainTag, predecessor, readHead } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { registryErrors } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
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
    for (const left of attached.superseded) await withdraw(destination, left)
    return { ...attached, named, moved }
  } catch (error) {
    if (!isFailure(error, registryErrors.TAG_CONFLICT)) throw error
    const { head: now, stands } = await settleRace(attached, parts)
    if (stands) return { ...attached, record: stands, isOurs: stands === record, named, moved: [] }
    throw now && now.record !== head?.record ? conflict(attached, now, error) : error
  }
}

/** What stands when everything is written: the environment's head, and why this run lost, if it did. */
export interface Confirmed {
  readonly head: ChainRecord
  readonly lost: WaybillError | undefined
}

/**
 * Looks once more at the end: on a registry without If-Match two promoters can each believe that they were first.
 */
export async function confirmHead(tagged: TaggedImage, parts: Parts): Promise<Confirmed> {
  const { record, destination, stop } = tagged
  const tag = chainTag(stop.environment)
  const now = await destination.head(tag)
  // Gone: whoever lost against us removed the record we shared with it.
  if (!now) await destination.putTag(tag, record.manifest, 'absent')
  if (!now || now.digest === record.record) return { head: record, lost: undefined }
  const { head = record, stands } = await settleRace(tagged, parts)
  return { head, lost: stands ? undefined : conflict(tagged, head) }
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

interface Settled {
  /** The chain's head now. */
  readonly head: ChainRecord | undefined
  /** The record that counts for this promotion: ours, when the head follows it, or the same digest's; else none. */
  readonly stands: ChainRecord | undefined
}

async function settleRace(attached: AttachedRecord, parts: Parts): Promise<Settled> {
  const { record, destination, stop } = attached
  const place = chainPlace(stop, parts)
  const head = await readHead(place)
  if (head && (await leadsTo(place, head, record))) return { head, stands: record }
  if (attached.isOurs) await withdraw(destination, record.record)
  if (head?.digest === record.digest) return { head, stands: head }
  if (head) await restoreTags(attached, head)
  return { head, stands: undefined }
}

/** True when `record` is in the chain that ends at `head`. It may not be removed then, whoever wrote it. */
async function leadsTo(place: ChainPlace, head: ChainRecord, record: ChainRecord): Promise<boolean> {
  let current: ChainRecord | undefined = head
  while (current && current.sequence > record.sequence) current = await predecessor(place, current)
  return current?.record === record.record
}

/** Tidying: a registry that lets nobody delete keeps the record, and `verify` tells of it. */
async function withdraw(destination: ImageStore, record: Digest): Promise<void> {
  try {
    await destination.deleteManifest(record)
  } catch (error) {
    if (!isFailure(error)) throw error
  }
}

function conflict({ stop, destination }: AttachedRecord, winner: ChainRecord, cause?: unknown) {
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
