import type { Digest } from '../../oci/index.ts'
import { RemoteRepository } from '../remote/repository.ts'
import type { Side } from './side.ts'

/**
 * Of these tags, those that name the root already. Only tags that did when they were last seen are asked for: for the
 * others writing costs what asking costs.
 */
export async function standingTags(
  destination: Side,
  root: Digest,
  tags: readonly string[],
): Promise<ReadonlySet<string>> {
  const { store } = destination
  if (!(store instanceof RemoteRepository)) return new Set()
  const likely = tags.filter((tag) => store.wasTagged(tag, root))
  const seen = await Promise.all(likely.map((tag) => destination.run(() => store.head(tag))))
  return new Set(likely.filter((_, index) => seen[index]?.digest === root))
}
