import type { Digest, Platform } from '../oci/index.ts'
import { formatPlatform, isAttestationEntry, parsePlatformConfig } from '../oci/index.ts'
import type { Descriptor, ImageManifest, Manifest } from '../oci/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import { fresh } from './reading.ts'
import type { Reading } from './reading.ts'

export interface ResolvedPlatform {
  readonly platform: Platform
  /** The platform's manifest and its config: what a running pod may report instead of the index. */
  readonly manifest: Digest
  readonly config: Digest
  /** What the platform's manifest says; undefined for an index inside an index. */
  readonly content?: ImageManifest | undefined
}

/** An image read once by name. From here on only its digest is used. */
export interface ResolvedImage {
  readonly store: ImageStore
  readonly root: StoredManifest
  readonly digest: Digest
  readonly platforms: readonly ResolvedPlatform[]
  readonly annotations: Readonly<Record<string, string>>
}

/**
 * Tag or digest in a store → the image behind it with its digest graph.
 * @throws MANIFEST_MISSING, DIGEST_MISMATCH, MANIFEST_INVALID, REGISTRY_* from the registry room
 */
export async function resolveImage(
  store: ImageStore,
  name: string,
  read: Reading = fresh,
): Promise<ResolvedImage> {
  const root = await read.resolve(store, name)
  const platforms = await platformsOf(store, root, read)
  return { store, root, digest: root.descriptor.digest, platforms, annotations: root.manifest.annotations }
}

async function platformsOf(
  store: ImageStore,
  root: StoredManifest,
  read: Reading,
): Promise<readonly ResolvedPlatform[]> {
  if (root.manifest.kind === 'manifest')
    return [await platformOf(store, root.descriptor, root.manifest, read)]
  const images = root.manifest.manifests.filter((child) => !isAttestationEntry(child))
  return Promise.all(
    images.map(async (child) => {
      const { manifest } = await read.resolve(store, child.digest)
      return platformOf(store, child, manifest, read)
    }),
  )
}

async function platformOf(
  store: ImageStore,
  descriptor: Descriptor,
  manifest: Manifest,
  read: Reading,
): Promise<ResolvedPlatform> {
  // A nested index has no config of its own; its digest stands for it.
  if (manifest.kind === 'index')
    return {
      platform: descriptor.platform ?? UNKNOWN,
      manifest: descriptor.digest,
      config: descriptor.digest,
      content: undefined,
    }
  const platform = descriptor.platform ?? (await configPlatform(store, manifest.config, read)) ?? UNKNOWN
  return { platform, manifest: descriptor.digest, config: manifest.config.digest, content: manifest }
}

const UNKNOWN: Platform = { os: 'unknown', architecture: 'unknown' }
const MAX_CONFIG = 4 * 1024 * 1024

async function configPlatform(
  store: ImageStore,
  config: Descriptor,
  read: Reading,
): Promise<Platform | undefined> {
  if (!config.mediaType.includes('image')) return undefined
  return parsePlatformConfig(await read.blob(store, config, MAX_CONFIG), `${store.location}@${config.digest}`)
}

/** The digest graph as promotion records carry it. */
export function digestGraph(image: ResolvedImage) {
  return image.platforms.map(({ platform, manifest, config }) => ({
    platform: formatPlatform(platform),
    manifest,
    config,
  }))
}

/** The digests a statement about this image names: the asked one first, then its platform manifests. */
export function subjectsOf(image: ResolvedImage): readonly [Digest, ...Digest[]] {
  const children = image.platforms
    .map((platform) => platform.manifest)
    .filter((digest) => digest !== image.digest)
  return [image.digest, ...new Set(children)]
}
