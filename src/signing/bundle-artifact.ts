import { digestOf, emptyConfig, manifestBytes, mediaTypes } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { SignedBundle } from './sign-statement.ts'

/** A manifest with the blobs it needs, ready to be stored. */
export interface Artifact {
  readonly manifest: Buffer
  readonly mediaType: string
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[]
}

/**
 * The OCI 1.1 referrer that carries a bundle, with the same keys in the same order as cosign writes them, so that
 * the same bundle, subject and time give the same manifest digest.
 * @param createdOn RFC 3339, whole seconds
 */
export function bundleArtifact(
  bundle: Pick<SignedBundle, 'bytes' | 'predicateType'>,
  subject: Descriptor,
  createdOn: string,
): Artifact {
  const type = mediaTypes.sigstoreBundle
  const layer = { mediaType: type, size: bundle.bytes.length, digest: digestOf(bundle.bytes) }
  const { mediaType, size, digest } = emptyConfig.descriptor
  const manifest = manifestBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType, size, digest, artifactType: type },
    layers: [layer],
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': bundle.predicateType,
      'org.opencontainers.image.created': createdOn,
    },
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    artifactType: type,
  })
  const blobs = [
    { descriptor: emptyConfig.descriptor, bytes: emptyConfig.bytes },
    { descriptor: layer, bytes: bundle.bytes },
  ]
  return { manifest, mediaType: mediaTypes.ociManifest, blobs }
}
