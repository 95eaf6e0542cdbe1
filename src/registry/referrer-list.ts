import { algorithmOf, effectiveArtifactType, hexOf } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import type { StoredManifest } from './store.ts'

/** The referrers tag of a digest (distribution-spec "referrers tag schema"): `sha256-<hex>`, hex cut to 64. */
export function fallbackTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest).slice(0, 64)}`
}

/** How a list of referrers shows a manifest (distribution-spec "listing referrers"). */
export function referrerEntry({ descriptor, manifest }: StoredManifest): Descriptor {
  const { mediaType, digest, size } = descriptor
  const artifactType = effectiveArtifactType(manifest)
  const annotated = Object.keys(manifest.annotations).length > 0
  return {
    mediaType,
    digest,
    size,
    ...(artifactType && { artifactType }),
    ...(annotated && { annotations: manifest.annotations }),
  }
}

/** Two lists as one, each referrer once; the first list's entries win. */
export function mergedReferrers(
  first: readonly Descriptor[],
  second: readonly Descriptor[],
): readonly Descriptor[] {
  const entries = [...first, ...second]
  const seen = new Set<Digest>()
  return entries.filter(({ digest }) => !seen.has(digest) && seen.add(digest))
}
