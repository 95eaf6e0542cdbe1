import { fail, isObject, limits, parseJson } from '../base/index.ts'
import type { Descriptor } from './descriptor.ts'
import { isStringMap, parseDescriptor } from './descriptor.ts'
import { ociErrors } from './errors.ts'
import { isImageManifestType, isIndexType, mediaTypes } from './media-types.ts'

interface Common {
  readonly mediaType: string
  readonly artifactType?: string
  readonly subject?: Descriptor
  readonly annotations: Readonly<Record<string, string>>
}

/** A parsed image manifest (image-spec manifest.md), artifacts included. */
export interface ImageManifest extends Common {
  readonly kind: 'manifest'
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** A parsed image index (image-spec image-index.md). */
export interface ImageIndex extends Common {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
}

export type Manifest = ImageManifest | ImageIndex

/**
 * Exact manifest bytes → Manifest. The bytes stay the truth; this is only a view of them.
 * Content-Type, mediaType and shape must agree (CVE-2021-41190); docker schema 1 is refused.
 * @param contentType what the registry or descriptor called it; parameters are ignored
 * @throws MANIFEST_TOO_LARGE, JSON_INVALID, MANIFEST_INVALID, MEDIA_TYPE_CONFUSION
 */
export function parseManifest(bytes: Uint8Array, contentType: string, where: string): Manifest {
  if (bytes.length > limits.manifestBytes) throw tooLarge(bytes.length, where)
  const json = parseJson(bytes, where)
  if (!isObject(json))
    throw invalid(`Found ${Array.isArray(json) ? 'an array' : typeof json}, expected a JSON object`, where)
  if (json.schemaVersion !== 2)
    throw invalid(`Found schemaVersion ${JSON.stringify(json.schemaVersion) ?? 'missing'}, expected 2`, where)
  const mediaType = agreedMediaType(json, contentType, where)
  if (isIndexType(mediaType)) return readIndex(json, mediaType, where)
  if (isImageManifestType(mediaType)) return readManifest(json, mediaType, where)
  throw invalid(`Found media type ${mediaType}, expected an image manifest or index`, where)
}

/** Everything a manifest points at downwards: children of an index, config and layers of a manifest. */
export function childrenOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'index' ? manifest.manifests : [manifest.config, ...manifest.layers]
}

/** The artifactType a referrers list shows for a manifest (distribution-spec "listing referrers"). */
export function effectiveArtifactType(manifest: Manifest): string | undefined {
  if (manifest.artifactType) return manifest.artifactType
  return manifest.kind === 'manifest' ? manifest.config.mediaType : undefined
}

/** Serialises a new manifest. Waybill writes compact JSON with the keys in the order given. */
export function manifestBytes(manifest: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify(manifest))
}

/** The OCI empty config (image-spec manifest.md, "guidance for an empty descriptor"). */
export const emptyConfig = {
  bytes: Buffer.from('{}'),
  descriptor: {
    mediaType: mediaTypes.ociEmpty,
    digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a' as Descriptor['digest'],
    size: 2,
  },
} as const

function agreedMediaType(json: Record<string, unknown>, contentType: string, where: string): string {
  const declared = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  const stated = typeof json.mediaType === 'string' ? json.mediaType : undefined
  if (stated && declared && stated !== declared) {
    throw confusion(`Content-Type says ${declared}, the mediaType field says ${stated}`, where)
  }
  const looksIndex = 'manifests' in json
  const looksManifest = 'layers' in json || 'config' in json
  if (looksIndex && looksManifest) throw confusion('Found both "manifests" and "layers" or "config"', where)
  const mediaType = stated ?? (declared || (looksIndex ? mediaTypes.ociIndex : mediaTypes.ociManifest))
  if (isIndexType(mediaType) && looksManifest)
    throw confusion(`Called ${mediaType} but has the fields of a manifest`, where)
  if (isImageManifestType(mediaType) && looksIndex)
    throw confusion(`Called ${mediaType} but has the fields of an index`, where)
  return mediaType
}

function readIndex(json: Record<string, unknown>, mediaType: string, where: string): ImageIndex {
  const manifests = descriptors(json.manifests, 'manifests', where)
  if (manifests.length > limits.childrenPerIndex)
    throw invalid(`Found ${manifests.length} children, the limit is ${limits.childrenPerIndex}`, where)
  return { kind: 'index', manifests, ...common(json, mediaType, where) }
}

function readManifest(json: Record<string, unknown>, mediaType: string, where: string): ImageManifest {
  const config = descriptor(json.config, 'config', where)
  return {
    kind: 'manifest',
    config,
    layers: descriptors(json.layers, 'layers', where),
    ...common(json, mediaType, where),
  }
}

function common(json: Record<string, unknown>, mediaType: string, where: string): Common {
  if (json.annotations !== undefined && json.annotations !== null && !isStringMap(json.annotations)) {
    throw invalid('"annotations" is not a map of strings', where)
  }
  return {
    mediaType,
    ...(typeof json.artifactType === 'string' &&
      json.artifactType !== '' && { artifactType: json.artifactType }),
    ...(json.subject !== undefined &&
      json.subject !== null && { subject: descriptor(json.subject, 'subject', where) }),
    annotations: (json.annotations as Record<string, string> | null | undefined) ?? {},
  }
}

function descriptors(value: unknown, field: string, where: string): readonly Descriptor[] {
  if (!Array.isArray(value)) throw invalid(`"${field}" is not an array`, where)
  return value.map((entry, index) => descriptor(entry, `${field}[${index}]`, where))
}

function descriptor(value: unknown, field: string, where: string): Descriptor {
  const read = parseDescriptor(value)
  if (typeof read === 'string') throw invalid(`"${field}" ${read}`, where)
  return read
}

function invalid(message: string, where: string) {
  return fail(ociErrors.MANIFEST_INVALID, { message: `${message}.`, where })
}

function confusion(message: string, where: string) {
  return fail(ociErrors.MEDIA_TYPE_CONFUSION, { message: `${message}.`, where })
}

function tooLarge(size: number, where: string) {
  return fail(ociErrors.MANIFEST_TOO_LARGE, {
    message: `Found ${size} bytes, the limit is ${limits.manifestBytes}.`,
    where,
  })
}
