import { walkChain } from '../assessment/index.ts'
import type { ChainPlace } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'

/**
 * Every digest that any record of these chains is about, or lists as a part.
 * @throws RECORD_INVALID, RECORD_CHAIN_BROKEN: a chain that cannot be read may name anything
 */
export async function promotedDigests(places: readonly ChainPlace[]): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>()
  for (const place of places)
    for await (const { digest, predicate } of walkChain(place)) {
      found.add(digest)
      for (const { manifest } of predicate.platforms) found.add(manifest)
    }
  return found
}
