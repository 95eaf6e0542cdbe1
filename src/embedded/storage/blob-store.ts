import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmOf, hexOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { isMissing, moveDurably, writeDurably } from './durable.ts'

/** All content, by digest, once: blobs and manifests alike. Nothing here ever changes. */
export class BlobStore {
  readonly #root: string
  readonly #temporary: string

  constructor(root: string, temporary: string) {
    this.#root = root
    this.#temporary = temporary
  }

  pathOf(digest: Digest): string {
    const hex = hexOf(digest)
    return join(this.#root, algorithmOf(digest), hex.slice(0, 2), hex)
  }

  /** Bytes, or undefined when there is no such content. */
  async sizeOf(digest: Digest): Promise<number | undefined> {
    try {
      return (await stat(this.pathOf(digest))).size
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Takes over a file whose content was checked against `digest` and synced. */
  async adopt(file: string, digest: Digest): Promise<void> {
    await moveDurably(file, this.pathOf(digest))
  }

  /** Stores bytes that were checked against `digest`. */
  async put(bytes: Uint8Array, digest: Digest): Promise<void> {
    if ((await this.sizeOf(digest)) !== bytes.length)
      await writeDurably(this.#temporary, this.pathOf(digest), bytes)
  }
}
