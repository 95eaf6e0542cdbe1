import { readHead } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import { wasProven } from './prove.ts'
import { recordsAmong } from './record-attempts.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'

/**
 * A record of this environment on one of these digests that shows that its chain once went further than `head`: the
 * tag was deleted or moved back. A record that would come next may be one that an interrupted run left behind, so it
 * counts only with the environment's own word on that promotion, which is given after the tag is moved.
 */
export async function recordAhead(
  stop: Stop,
  head: ChainRecord | undefined,
  digests: readonly Digest[],
  parts: Parts,
): Promise<ChainRecord | undefined> {
  const store = parts.store(stop.repository)
  const place = chainPlace(stop, parts)
  for (const digest of new Set(digests)) {
    if (digest === head?.digest) continue
    const records = await recordsAmong(place, digest, await store.referrers(digest))
    for (const record of records) if (await isAhead(stop, record, head, parts)) return record
  }
  return undefined
}

async function isAhead(
  stop: Stop,
  record: ChainRecord,
  head: ChainRecord | undefined,
  parts: Parts,
): Promise<boolean> {
  const next = (head?.sequence ?? 0) + 1
  const wasThere =
    record.sequence > next || (record.sequence === next && (await wasProven(stop, record, parts)))
  // A promotion that has ended meanwhile is no sign of anything.
  return wasThere && (await readHead(chainPlace(stop, parts)))?.record === head?.record
}
