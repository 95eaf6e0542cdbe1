import type { Descriptor, Digest, Manifest, Repository } from '../oci/index.ts'

/** Exact manifest bytes, hashed and parsed. The bytes are what is forwarded, never a re-serialisation. */
export interface StoredManifest {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
  readonly manifest: Manifest
}

/**
 * One image repository, on a registry or in an OCI layout on disk. `name` is a tag or a digest.
 * Everything read is verified: bytes are hashed, sizes checked; headers prove nothing.
 */
export interface ImageStore {
  /** For messages and records: `host/path`, or `layout:/dir`. */
  readonly location: string
  /** The repository, when this store is one on a registry: mounting and delivery need it. */
  readonly repository: Repository | undefined

  /**
   * Says that writing follows, and mounting from there: registries with tokens then give one for everything, in place
   * of one for reading and another for writing.
   */
  expectWrites(mountFrom?: Repository): void

  /** Does it exist, and as what? One HEAD. undefined = absent. */
  head(name: string): Promise<Descriptor | undefined>
  /** undefined = absent. @throws DIGEST_MISMATCH, MANIFEST_INVALID, … */
  manifest(name: string): Promise<StoredManifest | undefined>
  /**
   * The manifest with this digest, from what was kept of an earlier run or from here. Says nothing about whether it is
   * still here; `manifest` does. undefined = neither kept nor here.
   */
  content(digest: Digest): Promise<StoredManifest | undefined>
  /** Streams a blob; the stream throws at its end when size or digest are wrong. @throws BLOB_MISSING */
  blob(descriptor: Descriptor, options?: ReadBlobOptions): Promise<BlobContent>
  /** A small blob whole, as `content`. @throws BLOB_MISSING, … */
  blobContent(descriptor: Descriptor): Promise<Buffer>
  /** All tags, in the registry's order. An unknown repository has none. */
  tags(): Promise<readonly string[]>
  /** Referrers of a digest: API and fallback tag merged and validated; `subject` of each is the caller's to check. */
  referrers(digest: Digest): Promise<readonly Descriptor[]>

  hasBlob(descriptor: Descriptor): Promise<boolean>
  /** Uploads one blob. `open` may be called again for a retry. `mountFrom`: a repository on the same registry to try first. */
  putBlob(
    descriptor: Descriptor,
    open: () => Promise<BlobContent>,
    options?: PutBlobOptions,
  ): Promise<'sent' | 'mounted' | 'present'>
  /** Stores a manifest by digest, and makes it findable as a referrer when it has a subject (fallback tag included). */
  putManifest(manifest: StoredManifest): Promise<void>
  /**
   * Points a tag at a manifest that is already in this store. Afterwards the tag is read again.
   * @param expected what the tag must point at now (`absent`: must not exist); undefined = whatever
   * @throws TAG_CONFLICT when the tag is not as expected, before or after
   */
  putTag(tag: string, manifest: StoredManifest, expected?: Digest | 'absent'): Promise<void>
  /**
   * Writes a manifest under these tags, whatever they name now; with one request where the registry can. What it
   * names must be there. The digest the registry says it stored must be this one.
   * @param absent those of the tags that must not exist yet, as far as the registry honours If-None-Match
   * @throws TAG_CONFLICT
   */
  putTags(tags: readonly string[], manifest: StoredManifest, absent?: readonly string[]): Promise<void>
  /** Removes a manifest (and its tags). False when the store refuses or does not know how. */
  deleteManifest(digest: Digest): Promise<boolean>
  deleteTag(tag: string): Promise<boolean>
}

/** The bytes of a blob in order, hashed on their way; the last chunk is held back until size and digest are right. */
export interface BlobContent extends AsyncIterable<Uint8Array> {
  /** The bytes from `offset` on, for an upload that goes on where it stopped; what was read before counts for the hash. */
  from?(offset: number): AsyncIterable<Uint8Array>
}

export interface ReadBlobOptions {
  /** Each chunk is only read until the next one is asked for: its memory may be used again. Default false. */
  readonly lent?: boolean
}

export interface PutBlobOptions {
  readonly mountFrom?: Repository
  /** The blob was just asked for, or the repository is new: it is not asked for again. */
  readonly expectAbsent?: boolean
  /** Bytes taken so far; steps back when an upload has to begin again. */
  readonly onBytes?: (done: number) => void
  readonly signal?: AbortSignal | undefined
}
