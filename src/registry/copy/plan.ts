import type { Descriptor, Digest } from '../../oci/index.ts'
import type { StoredManifest } from '../store.ts'

/** What must happen to one blob. `skip`: a foreign layer that nobody holds. */
export interface BlobPlan {
  readonly descriptor: Descriptor
  readonly state: 'present' | 'mount' | 'send' | 'skip'
}

/** What must happen to one manifest. */
export interface ManifestPlan {
  readonly stored: StoredManifest
  /** `part`: a child of a referrer or legacy artifact. */
  readonly role: 'image' | 'referrer' | 'legacy' | 'part'
  /** At the destination, and findable there. */
  readonly present: boolean
  /** Manifests that must be there first: children; for a referrer also its subject. */
  readonly after: readonly Digest[]
  readonly blobs: readonly Digest[]
  /** The tag a legacy cosign artifact is found by. */
  readonly tag: string | undefined
}

/**
 * A copy as content: everything the closure consists of, and where it is now. The destination was asked first;
 * nothing has been written yet.
 */
export interface CopyPlan {
  readonly root: StoredManifest
  readonly manifests: ReadonlyMap<Digest, ManifestPlan>
  readonly blobs: ReadonlyMap<Digest, BlobPlan>
  /** Referrers that a list names but that are not at the source. */
  readonly dangling: readonly Digest[]
}
