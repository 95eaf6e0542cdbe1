import { isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { readBlob, readContent, resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'

/** Where content comes from when it is asked for by digest. */
export interface Reading {
  manifest(store: ImageStore, digest: Digest): Promise<StoredManifest | undefined>
  readonly blob: typeof readBlob
  /** @throws MANIFEST_MISSING */
  resolve(store: ImageStore, name: string): Promise<StoredManifest>
}

/** From the store, whatever is known: what is missing there is noticed. */
export const fresh: Reading = {
  manifest: (store, digest) => store.manifest(digest),
  blob: readBlob,
  resolve,
}

/** What was kept of an earlier run counts as well: for what matters by what it says, not by where it is. */
export const kept: Reading = {
  manifest: (store, digest) => store.content(digest),
  blob: readContent,
  resolve: async (store, name) => (isDigest(name) && (await store.content(name))) || resolve(store, name),
}
