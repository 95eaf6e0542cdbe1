import { fail, isObject, limits, parseJson } from '../base/index.ts'
import { isAttestationEntry, isDigest, isForeignLayer, mediaTypes } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { readBlob, resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import type { BaseUsed, BuildJob } from './build-job.ts'
import { pipelineErrors } from './errors.ts'
import { platformText } from './image-index.ts'
import { openImage } from './image-place.ts'

export interface Base {
  readonly used: BaseUsed
  readonly store: ImageStore
  readonly root: StoredManifest
}

/** One platform of a base image, taken apart to be built upon. */
export interface BasePlatform {
  /** Of OCI types, whatever they were called before; the bytes are the same. */
  readonly layers: readonly Descriptor[]
  readonly diffIds: readonly Digest[]
  readonly history: readonly unknown[]
  /** The `config` object: Env, User, Entrypoint… */
  readonly settings: Readonly<Record<string, unknown>>
}

/** Resolves `build.base` once; from here on it is a digest. A name that can move is warned about. */
export async function openBase(reference: string, job: BuildJob): Promise<Base> {
  const { store, image, name } = await openImage(reference, job)
  const { digest } = image.descriptor
  if (!reference.includes('@')) {
    const message = `The base ${reference} is not pinned: add @${digest} to build the same image again.`
    job.parts.onStep({ kind: 'warning', code: 'BASE_NOT_PINNED', message })
  }
  return { used: { name, digest }, store, root: image }
}

/** @throws BASE_UNUSABLE when the base does not have the platform, or is not an ordinary image */
export async function basePlatform(base: Base, platform: string): Promise<BasePlatform> {
  const { used, store } = base
  const { manifest } = await manifestFor(base, platform)
  if (manifest.kind !== 'manifest') throw unusable('Found an index inside an index', used)
  const bytes = await readBlob(store, manifest.config, limits.manifestBytes)
  const config = parseJson(bytes, `${used.name} config`)
  if (!isObject(config) || !isObject(config.rootfs)) throw unusable('Found no image configuration', used)
  const found = platformText(config)
  if (!serves(found, platform)) throw unusable(`Found an image for ${found}, expected ${platform}`, used)
  const diffIds: unknown = config.rootfs.diff_ids
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest) || diffIds.length !== manifest.layers.length)
    throw unusable('Found a configuration that does not list the layers of its manifest', used)
  return {
    layers: manifest.layers.map((layer) => ociLayer(layer, used)),
    diffIds,
    history: Array.isArray(config.history) ? config.history : [],
    settings: isObject(config.config) ? config.config : {},
  }
}

async function manifestFor({ root, store, used }: Base, platform: string): Promise<StoredManifest> {
  if (root.manifest.kind === 'manifest') return root
  const entries = root.manifest.manifests.filter((entry) => !isAttestationEntry(entry))
  const texts = entries.map((entry) => (entry.platform ? platformText({ ...entry.platform }) : 'unknown'))
  const exact = texts.indexOf(platform)
  const index = exact >= 0 ? exact : texts.findIndex((text) => serves(text, platform))
  const entry = entries[index]
  if (entry) return resolve(store, entry.digest)
  throw unusable(`Found ${texts.join(', ') || 'no platforms'}, expected ${platform}`, used)
}

/** linux/arm64/v8 serves who asks for linux/arm64, and linux/arm64 serves who asks for v8, its only variant. */
function serves(found: string, asked: string): boolean {
  const plain = (text: string) => text.replace(/^(linux\/arm64)\/v8$/, '$1')
  return plain(found) === plain(asked)
}

const OCI_NAMES: Readonly<Record<string, string>> = {
  'application/vnd.docker.image.rootfs.diff.tar.gzip': mediaTypes.ociLayerGzip,
  'application/vnd.docker.image.rootfs.diff.tar': mediaTypes.ociLayer,
}

function ociLayer({ mediaType, digest, size }: Descriptor, used: BaseUsed): Descriptor {
  const name = OCI_NAMES[mediaType] ?? mediaType
  if (isForeignLayer(name) || !name.startsWith(mediaTypes.ociLayer))
    throw unusable(`Found a layer of type ${mediaType}, expected one that registries hold`, used)
  return { mediaType: name, digest, size }
}

function unusable(message: string, used: BaseUsed) {
  return fail(pipelineErrors.BASE_UNUSABLE, {
    message: `${message}.`,
    where: `${used.name} (${used.digest})`,
  })
}
