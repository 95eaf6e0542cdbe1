import { baseErrors, fail } from '../base/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { ImageStore } from './store.ts'

/** A small blob in memory, verified. @throws LIMIT_EXCEEDED, BLOB_MISSING, SIZE_MISMATCH, DIGEST_MISMATCH */
export async function readBlob(store: ImageStore, descriptor: Descriptor, maxBytes: number): Promise<Buffer> {
  refuseBig(store, descriptor, maxBytes)
  return Buffer.concat(await Array.fromAsync(await store.blob(descriptor)))
}

/** As `readBlob`, for what matters by its bytes alone: it may have been kept, and be gone from the store. */
export async function readContent(
  store: ImageStore,
  descriptor: Descriptor,
  maxBytes: number,
): Promise<Buffer> {
  refuseBig(store, descriptor, maxBytes)
  return store.blobContent(descriptor)
}

function refuseBig(store: ImageStore, descriptor: Descriptor, maxBytes: number): void {
  if (descriptor.size > maxBytes) {
    throw fail(baseErrors.LIMIT_EXCEEDED, {
      message: `Blob ${descriptor.digest} has ${descriptor.size} bytes, the limit is ${maxBytes}.`,
      where: store.location,
    })
  }
}
