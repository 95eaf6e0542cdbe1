import {
  digestOf,
  formatPlatform,
  manifestBytes,
  mediaTypes,
  parseManifest,
  platformFromText,
} from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import type { BuiltPlatform } from './build-job.ts'

/** One platform's manifest, ready to be listed in an index. */
export interface IndexEntry {
  /** `os/architecture[/variant]` */
  readonly platform: string
  readonly manifest: StoredManifest
  readonly config: Digest
  /** BuildKit's attestations of this platform. */
  readonly attestations?: readonly StoredManifest[]
}

/** A new manifest or index → its bytes, descriptor and view. Keys keep the order given. */
export function newManifest(
  json: Readonly<Record<string, unknown>> & { readonly mediaType: string },
): StoredManifest {
  const bytes = manifestBytes(json)
  const digest = digestOf(bytes)
  return {
    descriptor: { mediaType: json.mediaType, digest, size: bytes.length },
    bytes,
    manifest: parseManifest(bytes, json.mediaType, digest),
  }
}

/**
 * Stores an index over platform manifests that are in `destination` already. The entries are sorted by platform:
 * builders list them in any order, and the order is part of the digest.
 */
export async function storeIndex(
  entries: readonly IndexEntry[],
  annotations: Readonly<Record<string, string>>,
  destination: ImageStore,
): Promise<{ root: StoredManifest; platforms: readonly BuiltPlatform[] }> {
  const sorted = entries.toSorted((a, b) => (a.platform < b.platform ? -1 : 1))
  const root = newManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      ...sorted.map(({ platform, manifest }) => ({
        ...plainDescriptor(manifest),
        platform: platformFields(platform),
      })),
      ...sorted.flatMap(attestationEntries),
    ],
    annotations,
  })
  await destination.putManifest(root)
  const platforms = sorted.map(({ platform, manifest, config }) => ({
    platform,
    digest: manifest.descriptor.digest,
    config,
  }))
  return { root, platforms }
}

/** As BuildKit lists them, after all platforms (moby/buildkit, docs/attestations/attestation-storage.md). */
function attestationEntries({ manifest, attestations = [] }: IndexEntry) {
  return attestations.map((attestation) => ({
    ...plainDescriptor(attestation),
    annotations: {
      'vnd.docker.reference.digest': manifest.descriptor.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  }))
}

function plainDescriptor({ descriptor }: StoredManifest) {
  const { mediaType, digest, size } = descriptor
  return { mediaType, digest, size }
}

/** `linux/arm64/v8` → `{ architecture, os, variant }`. */
export function platformFields(text: string): Readonly<Record<string, string>> {
  const platform = platformFromText(text)
  return {
    architecture: platform?.architecture ?? '',
    os: platform?.os ?? '',
    ...(platform?.variant && { variant: platform.variant }),
  }
}

/** The platform an image config or descriptor is for, as text. */
export function platformText(fields: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : '')
  const variant = text(fields.variant)
  return formatPlatform({
    os: text(fields.os),
    architecture: text(fields.architecture),
    ...(variant && { variant }),
  })
}
