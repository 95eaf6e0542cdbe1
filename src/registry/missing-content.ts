import { isForeignLayer } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { Lanes } from './copy/lanes.ts'
import type { ImageStore } from './store.ts'

const WIDTH = 16

/**
 * What an image lacks in a store to be pulled: manifests and blobs that are named but not there. Empty = whole.
 * Foreign layers are not counted: registries need not hold them.
 */
export async function missingContent(store: ImageStore, root: Digest): Promise<readonly Digest[]> {
  const lanes = new Lanes(WIDTH)
  const asked = new Map<Digest, Promise<readonly Digest[]>>()
  const once = (digest: Digest, look: () => Promise<readonly Digest[]>): Promise<readonly Digest[]> => {
    const known = asked.get(digest) ?? look()
    asked.set(digest, known)
    return known
  }
  const walk = async (digest: Digest): Promise<readonly Digest[]> => {
    const stored = await lanes.run(() => store.manifest(digest))
    if (!stored) return [digest]
    const { manifest } = stored
    if (manifest.kind === 'index')
      return flat(manifest.manifests.map((child) => once(child.digest, () => walk(child.digest))))
    const blobs = [manifest.config, ...manifest.layers].filter((blob) => !isForeignLayer(blob.mediaType))
    return flat(
      blobs.map((blob) =>
        once(blob.digest, async () => ((await lanes.run(() => store.hasBlob(blob))) ? [] : [blob.digest])),
      ),
    )
  }
  return [...new Set(await walk(root))]
}

async function flat(found: readonly Promise<readonly Digest[]>[]): Promise<readonly Digest[]> {
  return (await Promise.all(found)).flat()
}
