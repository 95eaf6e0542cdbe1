import { randomUUID } from 'node:crypto'
import { digestOf, emptyConfig, manifestBytes, mediaTypes, parseManifest } from '../../oci/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import type { StoredManifest } from '../../registry/index.ts'

const ARTIFACT_TYPE = 'application/vnd.waybill.doctor.v1+json'
const TAG = 'waybill-doctor-'

/** A small image of this run alone, something that hangs on it, and the tag of the image. */
export interface ProbeArtifact {
  readonly tag: string
  /** Its layer and its config. */
  readonly blobs: readonly [Piece, Piece]
  readonly image: StoredManifest
  readonly referrer: StoredManifest
}

interface Piece {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

/** @param where for messages about the manifests */
export function probeArtifact(where: string): ProbeArtifact {
  const run = randomUUID()
  const bytes = Buffer.from(JSON.stringify({ waybill: 'doctor', run }))
  const descriptor = { mediaType: 'application/json', digest: digestOf(bytes), size: bytes.length }
  const image = artifact(descriptor, undefined, where)
  return {
    tag: `${TAG}${run.slice(0, 8)}`,
    blobs: [{ descriptor, bytes }, emptyConfig],
    image,
    referrer: artifact(descriptor, image.descriptor, where),
  }
}

/** Is it a tag of this run or an earlier one, or the list of what hangs on this run's image? */
export function isTrace(tag: string, { image }: ProbeArtifact): boolean {
  return tag.startsWith(TAG) || tag === image.descriptor.digest.replace(':', '-')
}

function artifact(layer: Descriptor, subject: Descriptor | undefined, where: string): StoredManifest {
  const bytes = manifestBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: ARTIFACT_TYPE,
    config: emptyConfig.descriptor,
    layers: [layer],
    ...(subject && { subject }),
  })
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length }
  return { descriptor, bytes, manifest: parseManifest(bytes, mediaTypes.ociManifest, where) }
}
