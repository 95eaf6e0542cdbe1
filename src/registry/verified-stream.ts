import { DigestCheck } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'

/**
 * The same chunks, hashed on their way. The last one is held back until size and digest are right, so a reader
 * that commits when it has `size` bytes never commits wrong ones. @throws SIZE_MISMATCH, DIGEST_MISMATCH
 */
export async function* verifiedStream(
  chunks: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const check = new DigestCheck(descriptor, where)
  let finished = false
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    check.update(chunk)
    if (check.size === descriptor.size) {
      check.finish()
      finished = true
    }
    yield chunk
  }
  if (!finished) check.finish()
}
