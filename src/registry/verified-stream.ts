import { DigestCheck } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'

/**
 * The same chunks, hashed on their way. The last one is held back until size and digest are right, so a reader
 * that commits when it has `size` bytes never commits wrong ones. @throws SIZE_MISMATCH, DIGEST_MISMATCH
 */
export function verifiedStream(
  chunks: AsyncIterable<Uint8Array>,
  descriptor: Descriptor,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  return verifiedRest(chunks, new DigestCheck(descriptor, where), descriptor.size)
}

/** `verifiedStream` for the rest of a content of `size` bytes, of which `check` has seen the beginning. */
export async function* verifiedRest(
  chunks: AsyncIterable<Uint8Array>,
  check: DigestCheck,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let finished = false
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue
    check.update(chunk)
    if (check.size === size) {
      check.finish()
      finished = true
    }
    yield chunk
  }
  if (!finished) check.finish()
}
