import { isFailure } from '../../base/index.ts'
import type { Descriptor, Digest, Repository } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { dump } from '../http/answer.ts'
import type { Landings } from '../copy/landings.ts'
import { mergedReferrers, referrerEntry } from '../referrer-list.ts'
import type { ServerCopies } from '../server-copy/server-copies.ts'
import type { BlobContent, ImageStore, PutBlobOptions, ReadBlobOptions, StoredManifest } from '../store.ts'
import { getBlob } from './download.ts'
import type { Endpoint } from './endpoint.ts'
import { FallbackTags, readFallback, removeFromFallback } from './fallback-tag.ts'
import { headBlob } from './head-blob.ts'
import { contentManifest, getManifest, headManifest, manifestPath } from './manifests.ts'
import { askReferrersApi } from './referrers.ts'
import { putManifest } from './put-manifest.ts'
import { listTags, moveTag, pointTags } from './tags.ts'
import { uploadBlob } from './upload/upload-blob.ts'

/** One repository on a registry (OCI distribution specification 1.1). */
export class RemoteRepository implements ImageStore {
  readonly location: string
  readonly repository: Repository
  /** Shared by all repositories of this registry. */
  readonly landings: Landings
  /** Registries that can pull by themselves, of the whole client; undefined = none is configured. */
  readonly services: ServerCopies | undefined
  readonly #endpoint: Endpoint
  readonly #fallback: FallbackTags

  constructor(endpoint: Endpoint, landings: Landings, services?: ServerCopies) {
    this.#endpoint = endpoint
    this.landings = landings
    this.services = services
    this.#fallback = new FallbackTags(endpoint)
    this.location = endpoint.where
    this.repository = endpoint.repository
  }

  /** HTTP requests of the whole client so far. */
  get requests(): number {
    return this.#endpoint.wire.requests
  }

  /** Whose counter `requests` is. */
  get counter(): object {
    return this.#endpoint.wire
  }

  /** Has this registry been seen to mount blobs from other repositories? */
  get mounts(): boolean {
    return this.#endpoint.abilities.mount ?? false
  }

  expectWrites(mountFrom?: Repository): void {
    this.#endpoint.expectWrites(mountFrom)
  }

  head(name: string): Promise<Descriptor | undefined> {
    return headManifest(this.#endpoint, name)
  }

  manifest(name: string): Promise<StoredManifest | undefined> {
    return getManifest(this.#endpoint, name)
  }

  content(digest: Digest): Promise<StoredManifest | undefined> {
    return contentManifest(this.#endpoint, digest)
  }

  blob(descriptor: Descriptor, options: ReadBlobOptions = {}): Promise<BlobContent> {
    return getBlob(this.#endpoint, descriptor, options)
  }

  async blobContent(descriptor: Descriptor): Promise<Buffer> {
    const { content } = this.#endpoint
    const kept = await content.get(descriptor.digest)
    if (kept?.length === descriptor.size) return kept
    const bytes = Buffer.concat(await Array.fromAsync(await this.blob(descriptor)))
    content.put(descriptor.digest, bytes)
    return bytes
  }

  tags(): Promise<readonly string[]> {
    return listTags(this.#endpoint)
  }

  async referrers(digest: Digest): Promise<readonly Descriptor[]> {
    const listed = (await askReferrersApi(this.#endpoint, digest)) ?? []
    return mergedReferrers(listed, await readFallback(this.#endpoint, digest))
  }

  /** As `referrers`, when it is already known whether the fallback tag exists. */
  async referrersGiven(digest: Digest, hasFallback: boolean): Promise<readonly Descriptor[]> {
    const listed = (await askReferrersApi(this.#endpoint, digest)) ?? []
    return hasFallback ? mergedReferrers(listed, await readFallback(this.#endpoint, digest)) : listed
  }

  /** Only the list that this registry's writes go to: the API where there is one, the fallback tag elsewhere. */
  async writtenReferrers(digest: Digest): Promise<readonly Descriptor[]> {
    const listed = await askReferrersApi(this.#endpoint, digest)
    return listed ?? readFallback(this.#endpoint, digest)
  }

  async hasBlob(descriptor: Descriptor): Promise<boolean> {
    const isHere = await headBlob(this.#endpoint, descriptor)
    if (isHere) this.#endpoint.memory.noteHolder(descriptor, this.repository)
    return isHere
  }

  /** Repositories of this registry that had this big blob once: worth a try to mount it from. */
  holders(digest: Digest): readonly Repository[] {
    return this.#endpoint.memory.holders(digest)
  }

  async putBlob(
    descriptor: Descriptor,
    open: () => Promise<BlobContent>,
    options: PutBlobOptions = {},
  ): Promise<'sent' | 'mounted' | 'present'> {
    const how = await uploadBlob(this.#endpoint, descriptor, open, options)
    this.#endpoint.memory.noteHolder(descriptor, this.repository)
    return how
  }

  async putManifest(stored: StoredManifest): Promise<void> {
    const { subject } = stored.manifest
    const answer = await putManifest(this.#endpoint, `manifests/${stored.descriptor.digest}`, stored)
    if (!subject) return
    if (answer.header('oci-subject') === subject.digest) this.#endpoint.abilities.referrersApi = true
    else if (!(await this.#hasReferrersApi(subject.digest)))
      await this.#fallback.add(subject.digest, referrerEntry(stored))
  }

  putTag(tag: string, manifest: StoredManifest, expected?: Digest | 'absent'): Promise<void> {
    return moveTag(this.#endpoint, tag, manifest, expected)
  }

  async putTags(
    tags: readonly string[],
    manifest: StoredManifest,
    absent: readonly string[] = [],
  ): Promise<void> {
    await pointTags(this.#endpoint, tags, manifest, absent)
    for (const tag of tags) this.#endpoint.memory.noteTag(this.repository, tag, manifest.descriptor.digest)
  }

  /** Did this tag name that digest when it was last seen? Then it is worth asking whether it still does. */
  wasTagged(tag: string, digest: Digest): boolean {
    return this.#endpoint.memory.tagged(this.repository, tag) === digest
  }

  /** A deleted referrer also leaves the fallback tag of its subject, where there is no API to do that. */
  async deleteManifest(digest: Digest): Promise<boolean> {
    const subject = (await this.manifest(digest))?.manifest.subject?.digest
    if (!(await this.#delete(`manifests/${digest}`))) return false
    if (subject && !(await this.#hasReferrersApi(subject)))
      await removeFromFallback(this.#endpoint, subject, digest)
    return true
  }

  async deleteTag(tag: string): Promise<boolean> {
    return this.#delete(manifestPath(this.#endpoint, tag))
  }

  /** Without OCI-Subject in the answer the API is asked itself: some registries have it and do not say so. */
  async #hasReferrersApi(subject: Digest): Promise<boolean> {
    return (
      this.#endpoint.abilities.referrersApi ?? (await askReferrersApi(this.#endpoint, subject)) !== undefined
    )
  }

  async #delete(url: string): Promise<boolean> {
    try {
      const answer = await this.#endpoint.send(['pull', 'delete'], {
        method: 'DELETE',
        url,
        expect: [200, 202, 204],
      })
      await dump(answer)
      return true
    } catch (error) {
      if (isFailure(error, registryErrors.REGISTRY_REFUSED, registryErrors.REPOSITORY_MISSING)) return false
      throw error
    }
  }
}
