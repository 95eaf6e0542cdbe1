import { baseErrors, isFailure, isObject } from '../base/index.ts'
import {
  effectiveArtifactType,
  isForeignLayer,
  isImageManifestType,
  isIndexType,
  isMediaType,
  ociErrors,
  parseManifest,
} from '../oci/index.ts'
import type { Digest, Manifest } from '../oci/index.ts'
import { refusal } from './answer.ts'

/** What the registry must know of a manifest that was pushed; the bytes themselves are kept as they are. */
export interface PushedManifest {
  readonly mediaType: string
  /** Content that must be there. Not the subject, which may come later. */
  readonly references: readonly { readonly kind: 'blob' | 'child'; readonly digest: Digest }[]
  readonly subject?: Digest
  readonly artifactType?: string
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * Reads a manifest of any media type. What is not an OCI or Docker manifest or index is kept without looking inside.
 * @throws Refusal MANIFEST_INVALID
 */
export function readPushed(bytes: Buffer, contentType: string | undefined): PushedManifest {
  const mediaType = (contentType?.split(';')[0] ?? '').trim() || statedType(bytes)
  if (!isMediaType(mediaType)) throw invalid('the Content-Type does not say what kind of manifest this is')
  if (!isIndexType(mediaType) && !isImageManifestType(mediaType))
    return { mediaType, references: [], annotations: {} }
  const manifest = parse(bytes, mediaType)
  const artifactType = effectiveArtifactType(manifest)
  return {
    mediaType,
    references: referencesOf(manifest),
    ...(manifest.subject && { subject: manifest.subject.digest }),
    ...(artifactType !== undefined && { artifactType }),
    annotations: manifest.annotations,
  }
}

function referencesOf(manifest: Manifest): PushedManifest['references'] {
  if (manifest.kind === 'index')
    return manifest.manifests.map(({ digest }) => ({ kind: 'child' as const, digest }))
  const here = manifest.layers.filter((layer) => !isForeignLayer(layer.mediaType))
  return [manifest.config, ...here].map(({ digest }) => ({ kind: 'blob' as const, digest }))
}

function parse(bytes: Buffer, mediaType: string): Manifest {
  try {
    return parseManifest(bytes, mediaType, 'the manifest')
  } catch (error) {
    const { JSON_INVALID } = baseErrors
    if (isFailure(error, JSON_INVALID, ociErrors.MANIFEST_INVALID, ociErrors.MEDIA_TYPE_CONFUSION))
      throw invalid(error.message)
    throw error
  }
}

function statedType(bytes: Buffer): unknown {
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8'))
    return isObject(json) ? json.mediaType : undefined
  } catch {
    return undefined
  }
}

function invalid(message: string) {
  return refusal(400, 'MANIFEST_INVALID', message)
}
