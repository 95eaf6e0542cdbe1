import type { Descriptor, Digest } from '../../oci/index.ts'
import type { StoredManifest } from '../store.ts'

/** One manifest of a closure, once everything under it is at the destination. */
export interface Piece {
  readonly stored: StoredManifest
  /** `part`: a child of a referrer or legacy artifact. */
  readonly role: 'image' | 'referrer' | 'legacy' | 'part'
  /** At the destination already, and findable there. */
  readonly present: boolean
  /** The tag a legacy cosign artifact is found by. */
  readonly tag: string | undefined
}

/** What is done with each piece of a closure as the walk comes to it: moved, or only counted. */
export interface Carrier {
  readonly counts: Readonly<CarryCounts>
  /** Resolves when the blob is at the destination. `ask`: it may well be there, so look before sending. */
  blob(descriptor: Descriptor, ask: boolean): Promise<void>
  /** Everything under it has landed. */
  manifest(piece: Piece): Promise<void>
}

/** What was (or would be) written; what was there is not counted. */
export interface CarryCounts {
  /** Manifests and blobs. */
  readonly moved: Digest[]
  manifests: number
  blobs: number
  /** Of `blobs`. */
  bytes: number
  mounted: number
}
