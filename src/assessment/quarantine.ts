import { limits } from '../base/index.ts'
import { barredAfter } from '../attestation/index.ts'
import type { BarredDigest } from '../attestation/index.ts'
import type { BarredByRecords } from '../policy/index.ts'
import { predecessor } from './chain.ts'
import type { ChainPlace, ChainRecord } from './chain.ts'

/**
 * What an environment's records say about barred digests. The newest record lists them; of records that were written
 * before there was such a list, the chain is walked back to one that has it, or to its beginning.
 * @throws RECORD_INVALID, RECORD_CHAIN_BROKEN
 */
export async function barredByRecords(
  place: ChainPlace,
  head: ChainRecord | undefined,
): Promise<BarredByRecords | undefined> {
  if (!head) return undefined
  const later: ChainRecord[] = []
  let current: ChainRecord | undefined = head
  while (current && !current.predicate.quarantined && later.length < limits.recordChain) {
    later.push(current)
    current = await predecessor(place, current)
  }
  let left = current
  let entries: readonly BarredDigest[] = current?.predicate.quarantined ?? []
  for (const record of later.toReversed()) {
    entries = barredAfter(entries, left?.digest, record.predicate)
    left = record
  }
  return { entries, payload: head.payload }
}
