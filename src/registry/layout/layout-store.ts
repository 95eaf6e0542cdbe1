import { createReadStream } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, limits } from '../../base/index.ts'
import {
  algorithmOf,
  checkContent,
  childrenOf,
  hexOf,
  isDigest,
  ociErrors,
  parseManifest,
} from '../../oci/index.ts'
import type { Descriptor, Digest, Repository } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { fallbackTag, mergedReferrers, referrerEntry } from '../referrer-list.ts'
import type { ImageStore, BlobContent, PutBlobOptions, StoredManifest } from '../store.ts'
import { verifiedStream } from '../verified-stream.ts'
import { writeAtomically } from './atomic-file.ts'
import { LayoutIndex, listed, tagged, tagOf, unlisted, untagged } from './layout-index.ts'

const CHUNK = 1024 * 1024

/** An OCI image layout (image-spec image-layout.md) as an image store. */
export class LayoutStore implements ImageStore {
  readonly location: string
  readonly repository: Repository | undefined
  readonly #directory: string
  readonly #index: LayoutIndex
  readonly #parsed = new Map<Digest, StoredManifest>()

  constructor(directory: string, repository?: Repository) {
    this.#directory = directory
    this.repository = repository
    this.#index = new LayoutIndex(directory)
    this.location = `layout:${directory}`
  }

  expectWrites(): void {}

  async head(name: string): Promise<Descriptor | undefined> {
    return (await this.manifest(name))?.descriptor
  }

  async manifest(name: string): Promise<StoredManifest | undefined> {
    const entries = await this.#index.entries()
    const entry = entries.find((one) => (isDigest(name) ? one.digest === name : tagOf(one) === name))
    const digest = isDigest(name) ? name : entry?.digest
    return digest && this.#read(digest, entry?.mediaType ?? '')
  }

  content(digest: Digest): Promise<StoredManifest | undefined> {
    return this.manifest(digest)
  }

  async blobContent(descriptor: Descriptor): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(await this.blob(descriptor)))
  }

  async blob(descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#path(descriptor.digest)
    if ((await sizeOf(path)) === undefined) {
      throw fail(registryErrors.BLOB_MISSING, {
        message: `Blob ${descriptor.digest} (${descriptor.mediaType}) is not in ${this.location}.`,
        where: path,
      })
    }
    return verifiedStream(createReadStream(path, { highWaterMark: CHUNK }), descriptor, path)
  }

  async tags(): Promise<readonly string[]> {
    const tags = (await this.#index.entries()).map(tagOf).filter((tag) => tag !== undefined)
    return [...new Set(tags)]
  }

  /** Listed manifests whose subject is this digest, and what a fallback tag lists (regclient writes those). */
  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = []
    for (const entry of await this.#index.entries()) {
      const stored = await this.#read(entry.digest, entry.mediaType)
      if (stored?.manifest.subject?.digest === digest) found.push(referrerEntry(stored))
    }
    const list = await this.manifest(fallbackTag(digest))
    const fallback = list?.manifest.kind === 'index' && list.descriptor.digest !== digest
    return mergedReferrers(found, fallback ? childrenOf(list.manifest) : [])
  }

  async hasBlob(descriptor: Descriptor): Promise<boolean> {
    return (await sizeOf(this.#path(descriptor.digest))) === descriptor.size
  }

  async putBlob(
    descriptor: Descriptor,
    openBlob: () => Promise<BlobContent>,
    options: PutBlobOptions = {},
  ): Promise<'sent' | 'present'> {
    if (await this.hasBlob(descriptor)) return 'present'
    const path = this.#path(descriptor.digest)
    await writeAtomically(path, async (file) => {
      let done = 0
      for await (const chunk of verifiedStream(await openBlob(), descriptor, this.location)) {
        options.signal?.throwIfAborted()
        await file.writeFile(chunk)
        options.onBytes?.((done += chunk.length))
      }
    })
    return 'sent'
  }

  async putManifest(stored: StoredManifest): Promise<void> {
    const { mediaType, digest, size } = stored.descriptor
    checkContent(stored.bytes, stored.descriptor, this.location)
    await writeAtomically(this.#path(digest), (file) => file.writeFile(stored.bytes))
    const owned = await this.#ownedChildren([{ mediaType, digest, size }, ...(await this.#index.entries())])
    await this.#index.update((entries) => {
      const roots = unlisted(entries, owned)
      return owned.has(digest) ? roots : listed(roots, { mediaType, digest, size })
    })
  }

  async putTag(tag: string, { descriptor }: StoredManifest, expected?: Digest | 'absent'): Promise<void> {
    await this.#index.update((entries) => {
      const current = entries.find((entry) => tagOf(entry) === tag)?.digest
      if (current === descriptor.digest) return entries
      if (expected !== undefined && (current ?? 'absent') !== expected)
        throw this.#conflict(tag, current, expected)
      const { mediaType, digest, size } = descriptor
      return tagged(entries, tag, { mediaType, digest, size })
    })
  }

  async putTags(
    tags: readonly string[],
    manifest: StoredManifest,
    absent: readonly string[] = [],
  ): Promise<void> {
    await this.putManifest(manifest)
    for (const tag of tags) await this.putTag(tag, manifest, absent.includes(tag) ? 'absent' : undefined)
  }

  async deleteManifest(digest: Digest): Promise<boolean> {
    const path = this.#path(digest)
    if ((await sizeOf(path)) === undefined) return false
    await this.#index.update((entries) => entries.filter((entry) => entry.digest !== digest))
    this.#parsed.delete(digest)
    await rm(path, { force: true })
    return true
  }

  async deleteTag(tag: string): Promise<boolean> {
    let removed = false
    await this.#index.update((entries) => {
      const after = untagged(entries, tag)
      removed = after !== entries
      return after
    })
    return removed
  }

  /** What the listed indexes hold, except referrers: those are found through index.json and stay listed. */
  async #ownedChildren(entries: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
    const owned = new Set<Digest>()
    for (const entry of entries) {
      const stored = await this.#read(entry.digest, entry.mediaType)
      for (const child of stored?.manifest.kind === 'index' ? stored.manifest.manifests : []) {
        const subject = (await this.#read(child.digest, child.mediaType))?.manifest.subject
        if (!subject) owned.add(child.digest)
      }
    }
    return owned
  }

  /** Manifests never change under their digest, so each is read and hashed once. */
  async #read(digest: Digest, mediaType: string): Promise<StoredManifest | undefined> {
    const known = this.#parsed.get(digest)
    if (known) return known
    const path = this.#path(digest)
    const size = await sizeOf(path)
    if (size === undefined) return undefined
    if (size > limits.manifestBytes) {
      throw fail(ociErrors.MANIFEST_TOO_LARGE, {
        message: `Found ${size} bytes, the limit is ${limits.manifestBytes}.`,
        where: path,
      })
    }
    const bytes = await readFile(path)
    checkContent(bytes, { digest }, path)
    const manifest = parseManifest(bytes, mediaType, path)
    const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.length }
    const stored = { descriptor, bytes, manifest }
    this.#parsed.set(digest, stored)
    return stored
  }

  #path(digest: Digest): string {
    return join(this.#directory, 'blobs', algorithmOf(digest), hexOf(digest))
  }

  #conflict(tag: string, found: Digest | undefined, expected: Digest | 'absent') {
    const now = found ? `is at ${found}` : 'does not exist'
    const wanted = expected === 'absent' ? 'expected no such tag' : `expected ${expected}`
    return fail(registryErrors.TAG_CONFLICT, {
      message: `Tag "${tag}" in ${this.location} ${now}, ${wanted}.`,
      where: `${this.location}:${tag}`,
      detail: { tag, found, expected },
    })
  }
}

/** Size of a regular file; undefined when there is none (a pipe or device in a foreign layout is none). */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch {
    return undefined
  }
}
