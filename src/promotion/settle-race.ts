import { fail, isFailure } from '../base/index.ts'
import { chainTag, predecessor, readHead } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { promotionErrors } from './errors.ts'
import { chainPlace } from './road.ts'
import type { Parts } from './road.ts'
import type { AttachedRecord } from './steps.ts'

export interface Settled {
  /** The chain's head now. */
  readonly head: ChainRecord | undefined
  /** The record that counts for this promotion: ours, when the head follows it, or the same digest's; else none. */
  readonly stands: ChainRecord | undefined
}

/**
 * After another promotion was seen at the head: our record goes unless the chain holds it, and our
 * floating tags go back to the winner.
 * @throws TAG_CONFLICT when others keep moving the tags
 */
export async function settleRace(attached: AttachedRecord, parts: Parts): Promise<Settled> {
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
export async function withdraw(destination: ImageStore, record: Digest): Promise<void> {
  try {
    await destination.deleteManifest(record)
  } catch (error) {
    if (!isFailure(error)) throw error
  }
}

/** What the promotion that lost is told. */
export function lostRace({ stop, destination }: AttachedRecord, winner: ChainRecord, cause?: unknown) {
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
