import { baseErrors, fail, isFailure, isObject, limits, parseJson } from '../base/index.ts'
import { attestationErrors } from '../attestation/index.ts'
import type { UnusableStatement } from '../attestation/index.ts'
import { hexOf, mediaTypes, ociErrors } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { registryErrors } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import type { SignedContent } from '../signing/index.ts'
import { assessmentErrors } from './errors.ts'
import { isLegacyType, legacyContent, legacyFormatOf, legacyLayers } from './legacy-layers.ts'
import type { LegacyFormat } from './legacy-layers.ts'
import { fresh } from './reading.ts'
import type { Reading } from './reading.ts'

/** Everything that was found on a digest, and what could not be read. Nothing is judged here. */
export interface Collected {
  readonly contents: readonly SignedContent[]
  readonly unreadable: readonly UnusableStatement[]
}

/**
 * Everything signed about a digest: referrers (bundles, and the forms cosign had before), then cosign's legacy tags.
 * What cannot be read is set apart: anybody with push rights can add it, so it may not block.
 * @throws EVIDENCE_LIMIT; whatever says that the registry could not be asked: "could not tell" is not "absent"
 */
export async function collect(store: ImageStore, digest: Digest, read: Reading = fresh): Promise<Collected> {
  const listed = await store.referrers(digest)
  if (listed.length > limits.referrersPerDigest)
    throw tooMany(store, digest, `${listed.length} referrers, the limit is ${limits.referrersPerDigest}`)
  const source = { store, subject: digest, read, spend: allowance(store, digest) }
  const [bundles, attestations, signatures] = await Promise.all([
    inTurns(listed.filter(maySign), (entry) => readReferrer(source, entry.digest)),
    readLegacyTag(source, `sha256-${hexOf(digest)}.att`, 'legacy-attestation'),
    readLegacyTag(source, `sha256-${hexOf(digest)}.sig`, 'legacy-signature'),
  ])
  const found = bundles.flat()
  return {
    contents: [...found.filter(isContent), ...attestations, ...signatures],
    unreadable: found.filter(isUnusable),
  }
}

const WIDTH = 32

/** Some at a time: when one ends the collecting, the others have not all been asked for. */
async function inTurns<T, R>(all: readonly T[], read: (one: T) => Promise<R>): Promise<readonly R[]> {
  const found: R[] = []
  for (let at = 0; at < all.length; at += WIDTH)
    found.push(...(await Promise.all(all.slice(at, at + WIDTH).map(read))))
  return found
}

interface Source {
  readonly store: ImageStore
  readonly subject: Digest
  readonly read: Reading
  /** Called with what was read and is kept. @throws EVIDENCE_LIMIT */
  readonly spend: (bytes: number) => void
}

// Real bytes, not what descriptors say: otherwise a dozen empty promises would be over the limit.
function allowance(store: ImageStore, digest: Digest): Source['spend'] {
  let left: number = limits.evidenceBytes
  return (bytes) => {
    left -= bytes
    if (left < 0) throw tooMany(store, digest, `more than ${limits.evidenceBytes} bytes of evidence`)
  }
}

/** One referrer: what is signed in it about `subject`, nothing when nothing is, or why it cannot be read. */
async function readReferrer(
  source: Source,
  manifest: Digest,
): Promise<readonly (SignedContent | UnusableStatement)[]> {
  const { store, subject, read, spend } = source
  try {
    const stored = await read.manifest(store, manifest)
    if (stored?.manifest.subject?.digest !== subject) return []
    const legacy = legacyFormatOf(stored)
    if (legacy) return await readLegacyLayers(source, stored, legacy)
    const found = await bundleIn(store, stored, read)
    for (const { bytes } of found) spend(bytes.length)
    return found
  } catch (cause) {
    if (!isFailure(cause) || isOutage(cause)) throw cause
    const origin = { manifest, format: 'bundle' } as const
    const known = { predicateType: undefined, payload: undefined }
    return [{ state: 'invalid', reason: cause.message, code: cause.code, origin, ...known }]
  }
}

function isContent(found: SignedContent | UnusableStatement): found is SignedContent {
  return !isUnusable(found)
}

function isUnusable(found: SignedContent | UnusableStatement): found is UnusableStatement {
  return 'state' in found
}

/**
 * The bundle inside a referrer manifest that has been read. cosign writes exactly one layer. `read`: `kept`
 * where only what was signed matters, and not whether it is still there.
 */
export async function bundleIn(
  store: ImageStore,
  stored: StoredManifest,
  read: Reading,
): Promise<readonly SignedContent[]> {
  const { manifest } = stored
  if (manifest.kind !== 'manifest' || manifest.artifactType !== mediaTypes.sigstoreBundle) return []
  const [layer, ...more] = manifest.layers
  if (!layer || more.length > 0 || layer.mediaType !== mediaTypes.sigstoreBundle) return []
  const bytes = await read.blob(store, layer, limits.bundleBytes)
  return [{ format: 'bundle', bytes, origin: { manifest: stored.descriptor.digest, format: 'bundle' } }]
}

// Fallback tags written by go-containerregistry carry `oci.empty` or nothing: fetch and look (cosign#4641).
function maySign({ artifactType }: Descriptor): boolean {
  const isBundle =
    !artifactType || artifactType === mediaTypes.ociEmpty || artifactType === mediaTypes.sigstoreBundle
  return isBundle || isLegacyType(artifactType)
}

async function readLegacyTag(source: Source, tag: string, format: LegacyFormat) {
  const stored = await source.store.manifest(tag).catch(skipUnreadable)
  return stored ? readLegacyLayers(source, stored, format) : []
}

async function readLegacyLayers(source: Source, stored: StoredManifest, format: LegacyFormat) {
  const layers = legacyLayers(stored, format)
  if (layers.length > limits.signaturesPerImage) return []
  const read = await inTurns(layers, (layer) =>
    readLegacyLayer(source, stored, layer, format).catch(skipUnreadable),
  )
  return read.filter((content) => content !== undefined)
}

async function readLegacyLayer(
  { store, read, spend }: Source,
  stored: StoredManifest,
  layer: Descriptor,
  format: LegacyFormat,
): Promise<SignedContent | undefined> {
  const bytes = await read.blob(store, layer, limits.bundleBytes)
  spend(bytes.length)
  if (!isObject(parseJson(bytes, `${store.location}@${layer.digest}`))) return undefined
  return legacyContent(bytes, layer, stored.descriptor.digest, format)
}

/** One piece that cannot be read is no reason to stop; what says nothing about the piece is. */
function skipUnreadable(error: unknown): undefined {
  if (isOutage(error)) throw error
  return undefined
}

/** What bytes can be at fault for by themselves, whoever pushed them. */
const { DIGEST_INVALID, DIGEST_MISMATCH, MANIFEST_INVALID, MANIFEST_TOO_LARGE } = ociErrors
const { MEDIA_TYPE_CONFUSION, REFERENCE_INVALID, SIZE_MISMATCH } = ociErrors
const { BLOB_MISSING, MANIFEST_MISSING } = registryErrors
const NAMING = [DIGEST_INVALID, DIGEST_MISMATCH, REFERENCE_INVALID, SIZE_MISMATCH]
const MANIFEST = [MANIFEST_INVALID, MANIFEST_MISSING, MANIFEST_TOO_LARGE, MEDIA_TYPE_CONFUSION]
const CONTENT = [BLOB_MISSING, baseErrors.JSON_INVALID, baseErrors.LIMIT_EXCEEDED]
const OWN_FAULTS = [...NAMING, ...MANIFEST, ...CONTENT, attestationErrors.STATEMENT_INVALID]

/**
 * True when nothing can be told: whatever is not known to be the content's own fault. A registry, a login or a proxy
 * that did not answer as it should must not look like evidence that is bad, or not there.
 */
export function isOutage(error: unknown): boolean {
  return !isFailure(error, ...OWN_FAULTS)
}

function tooMany(store: ImageStore, digest: Digest, found: string) {
  return fail(assessmentErrors.EVIDENCE_LIMIT, {
    message: `Found ${found}.`,
    where: `${store.location}@${digest}`,
  })
}
