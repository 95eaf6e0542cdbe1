import { mediaTypes } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import type { StoredManifest } from '../registry/index.ts'
import type { SignedContent } from '../signing/index.ts'

export type LegacyFormat = Exclude<SignedContent['format'], 'bundle'>

// cosign's oci-1-1 mode for signatures; what it and Tekton Chains hang up for attestations (WriteAttestationsReferrer).
const FORMATS = new Map<string, LegacyFormat>([
  [mediaTypes.cosignSignature, 'legacy-signature'],
  [mediaTypes.inToto, 'legacy-attestation'],
])

export function isLegacyType(artifactType: string): boolean {
  return FORMATS.has(artifactType)
}

/** How the layers of a referrer are signed, when it is of a kind from before bundles. */
export function legacyFormatOf({ manifest }: StoredManifest): LegacyFormat | undefined {
  return FORMATS.get(manifest.artifactType ?? '')
}

/** The signed layers of a manifest in a legacy form, on a tag or as a referrer. */
export function legacyLayers({ manifest }: StoredManifest, format: LegacyFormat): readonly Descriptor[] {
  if (manifest.kind !== 'manifest') return []
  const wanted = format === 'legacy-attestation' ? mediaTypes.dsseEnvelope : mediaTypes.cosignSimpleSigning
  return manifest.layers.filter((layer) => layer.mediaType === wanted)
}

/** One layer with what cosign keeps in its annotations. Empty ones stand for nothing. */
export function legacyContent(
  bytes: Buffer,
  { annotations = {} }: Descriptor,
  manifest: Digest,
  format: LegacyFormat,
): SignedContent {
  const signature = annotations['dev.cosignproject.cosign/signature']
  const certificate = annotations['dev.sigstore.cosign/certificate']
  const logEntry = annotations['dev.sigstore.cosign/bundle']
  const timestamp = annotations['dev.sigstore.cosign/rfc3161timestamp']
  return {
    format,
    bytes,
    origin: { manifest, format },
    ...(signature && { signature }),
    ...(certificate && { certificate }),
    ...(logEntry && { logEntry }),
    ...(timestamp && { timestamp }),
  }
}
