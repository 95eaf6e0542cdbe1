import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDigest, isTag } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { repositoryName } from '../names.ts'
import type { RepositoryName } from '../names.ts'
import { makeDirectory, removeDurably, writeDurably } from './durable.ts'
import { damaged, exists, fileNameOf, list, readDescriptor, readEntry, readIfThere } from './link-files.ts'
import type { ManifestEntry } from './link-files.ts'
import { fileNameOfTag, tagOfFileName } from './tag-file-name.ts'

/**
 * What each repository holds: links to blobs and manifests, tags, and who refers to whom.
 *
 *     <name>/_blobs/<algorithm>-<hex>                       empty
 *     <name>/_manifests/<algorithm>-<hex>                   ManifestEntry
 *     <name>/_referrers/<subject>/<algorithm>-<hex>         the referrer's descriptor
 *     <name>/_tags/<tag>                                    the digest
 *
 * A path component of a name never starts with `_`, so names and these folders cannot collide.
 * Callers hold the repository's lock while they write.
 */
export class RepositoryStore {
  readonly #root: string
  readonly #temporary: string
  readonly #names = new Set<RepositoryName>()

  constructor(root: string, temporary: string) {
    this.#root = root
    this.#temporary = temporary
  }

  /** Reads which repositories there are. */
  async load(): Promise<void> {
    await makeDirectory(this.#root)
    const open = ['']
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      for (const entry of await readdir(join(this.#root, path))) {
        const name = entry.startsWith('_') ? repositoryName(path) : undefined
        if (name) this.#names.add(name)
        else if (!entry.startsWith('_')) open.push(path === '' ? entry : `${path}/${entry}`)
      }
    }
  }

  has(name: RepositoryName): boolean {
    return this.#names.has(name)
  }

  names(): readonly RepositoryName[] {
    return [...this.#names].toSorted()
  }

  async hasBlob(name: RepositoryName, digest: Digest): Promise<boolean> {
    return exists(this.#file(name, '_blobs', fileNameOf(digest)))
  }

  async linkBlob(name: RepositoryName, digest: Digest): Promise<void> {
    if (!(await this.hasBlob(name, digest))) await this.#write(name, ['_blobs', fileNameOf(digest)], '')
  }

  async unlinkBlob(name: RepositoryName, digest: Digest): Promise<boolean> {
    return removeDurably(this.#file(name, '_blobs', fileNameOf(digest)))
  }

  async manifest(name: RepositoryName, digest: Digest): Promise<ManifestEntry | undefined> {
    const file = this.#file(name, '_manifests', fileNameOf(digest))
    const bytes = await readIfThere(file)
    return bytes && readEntry(bytes, file)
  }

  /** `referrer` is how the manifest is listed under its subject; written first, so no manifest is ever unlisted. */
  async putManifest(
    name: RepositoryName,
    digest: Digest,
    entry: ManifestEntry,
    referrer?: Descriptor,
  ): Promise<void> {
    if (entry.subject && referrer)
      await this.#write(
        name,
        ['_referrers', fileNameOf(entry.subject), fileNameOf(digest)],
        JSON.stringify(referrer),
      )
    await this.#write(name, ['_manifests', fileNameOf(digest)], JSON.stringify(entry))
  }

  /** Removes a manifest, the tags that point at it and its place among the referrers. False when it is not there. */
  async removeManifest(name: RepositoryName, digest: Digest): Promise<boolean> {
    const entry = await this.manifest(name, digest)
    if (!entry) return false
    for (const tag of await this.tags(name)) {
      if ((await this.tag(name, tag)) === digest) await this.removeTag(name, tag)
    }
    await removeDurably(this.#file(name, '_manifests', fileNameOf(digest)))
    if (entry.subject)
      await removeDurably(this.#file(name, '_referrers', fileNameOf(entry.subject), fileNameOf(digest)))
    return true
  }

  async tag(name: RepositoryName, tag: string): Promise<Digest | undefined> {
    const file = this.#file(name, '_tags', fileNameOfTag(tag))
    const digest = (await readIfThere(file))?.toString('utf8')
    if (digest !== undefined && !isDigest(digest)) throw damaged(file, 'a digest')
    return digest
  }

  async setTag(name: RepositoryName, tag: string, digest: Digest): Promise<void> {
    if ((await this.tag(name, tag)) !== digest) await this.#write(name, ['_tags', fileNameOfTag(tag)], digest)
  }

  async removeTag(name: RepositoryName, tag: string): Promise<boolean> {
    return removeDurably(this.#file(name, '_tags', fileNameOfTag(tag)))
  }

  /** In ASCII order. */
  async tags(name: RepositoryName): Promise<readonly string[]> {
    const tags = (await list(this.#file(name, '_tags'))).map(tagOfFileName)
    return tags.filter((tag): tag is string => tag !== undefined && isTag(tag)).toSorted()
  }

  /** In the order of their digests, starting behind `after`. */
  async *referrers(name: RepositoryName, subject: Digest, after?: Digest): AsyncGenerator<Descriptor> {
    const folder = this.#file(name, '_referrers', fileNameOf(subject))
    for (const fileName of (await list(folder)).toSorted()) {
      if (after && fileName <= fileNameOf(after)) continue
      const bytes = await readIfThere(join(folder, fileName))
      const referrer = bytes && readDescriptor(bytes, join(folder, fileName))
      // A crash between the two writes leaves an entry without its manifest.
      if (referrer && (await this.manifest(name, referrer.digest))) yield referrer
    }
  }

  #file(name: RepositoryName, ...rest: readonly string[]): string {
    return join(this.#root, name, ...rest)
  }

  async #write(name: RepositoryName, path: readonly string[], content: string): Promise<void> {
    await writeDurably(this.#temporary, this.#file(name, ...path), content)
    this.#names.add(name)
  }
}
