import { checkContent, digestOf, parseManifest } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { ImageStore, StoredManifest } from './store.ts'

/** A manifest with its blobs, all in memory: a signature, an attestation, a promotion record. */
export interface Artifact {
  readonly manifest: Buffer
  readonly mediaType: string
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[]
}

/**
 * Stores an artifact, blobs before the manifest; with a subject it can then be found as a referrer. What is there
 * already is left. @throws DIGEST_MISMATCH, SIZE_MISMATCH when the artifact contradicts itself; registry errors
 */
export async function attachArtifact(store: ImageStore, artifact: Artifact): Promise<StoredManifest> {
  const { manifest: bytes, mediaType } = artifact
  const manifest = parseManifest(bytes, mediaType, store.location)
  const descriptor = { mediaType: manifest.mediaType, digest: digestOf(bytes), size: bytes.length }
  await Promise.all(artifact.blobs.map((blob) => putBytes(store, blob.descriptor, blob.bytes)))
  const stored = { descriptor, bytes, manifest }
  await store.putManifest(stored)
  return stored
}

async function putBytes(store: ImageStore, descriptor: Descriptor, bytes: Buffer): Promise<void> {
  checkContent(bytes, descriptor, store.location)
  if (await store.hasBlob(descriptor)) return
  await store.putBlob(descriptor, () => Promise.resolve(once(bytes)))
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes
}
