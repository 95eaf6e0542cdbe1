import type { ChainRecord } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import { chainPlace } from './road.ts'
import type { Parts } from './road.ts'
import { follows, recordsAmong } from './record-attempts.ts'
import type { TaggedImage } from './steps.ts'

/**
 * Records of promotions that run beside this one and want the same place in the chain. Where If-Match is ignored, one
 * that looked at the head before we wrote it may still write over it. Each shows itself before it looks: by its record
 * on the same digest, or by a floating tag that it took from us. To be asked after the head was written.
 */
export async function rivalsOf(tagged: TaggedImage, parts: Parts): Promise<readonly ChainRecord[]> {
  const { image, head, record, destination, stop, superseded } = tagged
  const known = new Set([record.record, ...superseded])
  const place = chainPlace(stop, parts)
  const beside = await newcomers(tagged)
  const found = [recordsAmong(place, image.digest, beside)]
  for (const digest of await takers(tagged))
    found.push(recordsAmong(place, digest, await destination.referrers(digest)))
  return (await Promise.all(found)).flat().filter((one) => follows(one, head) && !known.has(one.record))
}

/** What came to our digest since our record did. A list without ours was written over by somebody: back with it. */
async function newcomers({ image, record, destination, listed }: TaggedImage) {
  const now = await destination.referrers(image.digest)
  if (!now.some(({ digest }) => digest === record.record)) await destination.putManifest(record.manifest)
  return now.filter(({ digest }) => !listed.has(digest) && digest !== record.record)
}

/** Digests that our floating tags name now. */
async function takers({ image, tags, destination }: TaggedImage): Promise<ReadonlySet<Digest>> {
  const floating = tags.tags.filter(({ mobility }) => mobility === 'floating')
  const named = await Promise.all(floating.map(({ tag }) => destination.head(tag)))
  return new Set(named.flatMap((found) => (found && found.digest !== image.digest ? [found.digest] : [])))
}
