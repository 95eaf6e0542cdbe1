import { fail } from '../base/index.ts'
import { formatReference, shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { registryErrors } from './errors.ts'
import type { ImageStore } from './store.ts'

/**
 * What an immutable tag names now: nothing, or this very digest.
 * @throws IMMUTABLE_TAG_CONFLICT when it names another
 */
export async function refuseSecondDigest(
  store: ImageStore,
  tag: string,
  digest: Digest,
): Promise<Digest | undefined> {
  const found = (await store.head(tag))?.digest
  if (found === undefined || found === digest) return found
  throw fail(registryErrors.IMMUTABLE_TAG_CONFLICT, {
    message: `The tag ${tag} names ${shortDigest(found)}; it cannot also name ${shortDigest(digest)}.`,
    where: store.repository
      ? formatReference({ registry: store.repository.registry, name: store.repository.name, tag })
      : store.location,
    detail: { tag, found, asked: digest },
  })
}
