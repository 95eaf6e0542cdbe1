import { limits } from '../base/index.ts'
import { isForeignLayer } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { closureTooLarge } from './closure-too-large.ts'
import { Lanes } from './copy/lanes.ts'
import type { ImageStore } from './store.ts'

const WIDTH = 16

/**
 * What an image lacks in a store to be pulled: manifests and blobs that are named but not there; sorted. Empty = whole.
 * Foreign layers are not counted: registries need not hold them. @throws REGISTRY_ANSWER_INVALID when there is no end
 */
export async function missingContent(store: ImageStore, root: Digest): Promise<readonly Digest[]> {
  const lanes = new Lanes(WIDTH)
  const missing = new Set<Digest>()
  const manifests = new Set<Digest>()
  const blobs = new Set<Digest>()
  const walk = async (digest: Digest): Promise<void> => {
    if (manifests.has(digest)) return
    if (manifests.size >= limits.closureManifests) throw closureTooLarge(store.location)
    manifests.add(digest)
    const stored = await lanes.run(() => store.manifest(digest))
    if (!stored) return void missing.add(digest)
    const { manifest } = stored
    if (manifest.kind === 'index') await Promise.all(manifest.manifests.map((child) => walk(child.digest)))
    else await Promise.all([manifest.config, ...manifest.layers].map(look))
  }
  const look = async (blob: Descriptor): Promise<void> => {
    if (blobs.has(blob.digest) || isForeignLayer(blob.mediaType)) return
    blobs.add(blob.digest)
    if (!(await lanes.run(() => store.hasBlob(blob)))) missing.add(blob.digest)
  }
  await walk(root)
  return [...missing].toSorted()
}
