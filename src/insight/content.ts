import { isFailure } from '../base/index.ts'
import { isForeignLayer } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { isOutage } from '../assessment/index.ts'
import { missingContent } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { Check } from './answers.ts'

/**
 * Is the image whole? In a registry: is every part there? In a copy on disk, where nobody else answers for it,
 * every byte is hashed as well.
 */
export async function contentCheck(store: ImageStore, digest: Digest): Promise<Check> {
  const what = 'content'
  const missing = await missingContent(store, digest)
  if (missing.length > 0) {
    const reason = `${missing.length} parts are missing, first ${missing[0]}.`
    return { what, result: 'fail', code: 'BLOB_MISSING', reason, evidence: missing }
  }
  if (store.repository) {
    const reason = 'The manifest hashes to its digest and all its parts are there.'
    return { what, result: 'pass', reason, evidence: [digest] }
  }
  const altered = await firstAltered(store, digest)
  if (altered) return { what, result: 'fail', ...altered }
  return { what, result: 'pass', reason: 'Every byte hashes to its digest.', evidence: [digest] }
}

async function firstAltered(store: ImageStore, digest: Digest) {
  for (const blob of await blobsOf(store, digest)) {
    try {
      // The stream hashes what passes through it and throws at its end.
      for await (const _ of await store.blob(blob));
    } catch (error) {
      if (isOutage(error) || !isFailure(error)) throw error
      return { code: error.code, reason: error.message, evidence: [blob.digest] }
    }
  }
  return undefined
}

async function blobsOf(store: ImageStore, digest: Digest): Promise<readonly Descriptor[]> {
  const manifest = (await store.manifest(digest))?.manifest
  if (!manifest) return []
  if (manifest.kind === 'index')
    return (await Promise.all(manifest.manifests.map((child) => blobsOf(store, child.digest)))).flat()
  const blobs = [manifest.config, ...manifest.layers].filter((blob) => !isForeignLayer(blob.mediaType))
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()]
}
