import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmOf, digestOf, hexOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { writePrivateFile } from './private-file.ts'
import { removeOldest } from './remove-oldest.ts'

const MiB = 1024 * 1024
const ENTRY = MiB
/** Of each of the 256 folders that content is spread over by its digest: 256 MiB in total. */
const FOLDER = MiB
const WAITING = 16 * MiB

/**
 * Manifests and small blobs by digest. What is read is hashed again, so nothing wrong ever comes out; it never says
 * that a registry has something.
 */
export class ContentCache {
  readonly #directory: string | undefined
  readonly #waiting = new Map<Digest, Buffer>()
  readonly #grown = new Set<string>()
  #waitingBytes = 0
  #writes: Promise<void> = Promise.resolve()

  /** `directory`: undefined = nothing is kept. */
  constructor(directory: string | undefined) {
    this.#directory = directory
  }

  async get(digest: Digest): Promise<Buffer | undefined> {
    const path = this.#path(digest)
    if (!path) return undefined
    const bytes = this.#waiting.get(digest) ?? (await readSmall(path))
    return bytes && digestOf(bytes) === digest ? bytes : undefined
  }

  /** Keeps bytes that hash to this digest, some time later. Only sha256, up to 1 MiB. */
  put(digest: Digest, bytes: Buffer): void {
    const path = this.#path(digest)
    if (!path || bytes.length > ENTRY || this.#waiting.has(digest)) return
    if (this.#waitingBytes + bytes.length > WAITING) return
    this.#waiting.set(digest, bytes)
    this.#waitingBytes += bytes.length
    this.#writes = this.#writes.then(async () => {
      if (await writePrivateFile(path, bytes)) this.#grown.add(join(path, '..'))
      this.#waiting.delete(digest)
      this.#waitingBytes -= bytes.length
    })
  }

  /** Finishes writing, and makes room in the folders that grew: oldest first. */
  async save(): Promise<void> {
    await this.#writes
    for (const folder of this.#grown) await removeOldest(folder, (size) => size, FOLDER)
    this.#grown.clear()
  }

  #path(digest: Digest): string | undefined {
    if (!this.#directory || algorithmOf(digest) !== 'sha256') return undefined
    const hex = hexOf(digest)
    return join(this.#directory, 'sha256', hex.slice(0, 2), hex)
  }
}

async function readSmall(path: string): Promise<Buffer | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() && found.size <= ENTRY ? await readFile(path) : undefined
  } catch {
    return undefined
  }
}
