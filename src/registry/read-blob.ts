import { baseErrors, fail } from '../base/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { ImageStore } from './store.ts'

/** A small blob in memory, verified. @throws LIMIT_EXCEEDED, BLOB_MISSING, SIZE_MISMATCH, DIGEST_MISMATCH */
export async function readBlob(store: ImageStore, descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
  if (descriptor.size > maxBytes) {
    throw fail(baseErrors.LIMIT_EXCEEDED, {
      message: `Blob ${descriptor.digest} has ${descriptor.size} bytes, the limit is ${maxBytes}.`,
      where: store.location,
    })
  }
  return Buffer.concat(await Array.fromAsync(await store.blob(descriptor)))
}
