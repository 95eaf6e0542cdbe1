import { isFailure } from '../base/index.ts'
import { chainTag } from '../assessment/index.ts'
import { registryErrors } from '../registry/index.ts'
import { lostRace, settleRace, withdraw } from './settle-race.ts'
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
    if (stands)
      return { ...attached, record: stands, isOurs: attached.isOurs && stands === record, named, moved: [] }
    throw now && now.record !== head?.record ? lostRace(attached, now, error) : error
  }
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
