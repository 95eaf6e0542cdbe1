import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { pack as tarPack } from 'tar-stream'
import { digestOf, emptyConfig, manifestBytes, mediaTypes, parseManifest } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { attachArtifact } from '../../src/registry/index.ts'
import type { ImageStore, StoredManifest } from '../../src/registry/index.ts'

/** A blob in memory. */
export interface Blob {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

export function blobOf(bytes: Buffer, mediaType: string): Blob {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } }
}

/** A manifest's JSON → StoredManifest, hashed. */
export function storedManifest(json: Readonly<Record<string, unknown>>): StoredManifest {
  const bytes = manifestBytes(json)
  const mediaType = String(json.mediaType)
  return {
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
    manifest: parseManifest(bytes, mediaType, 'test image'),
  }
}

export interface ImageShape {
  /** Default `['linux/amd64', 'linux/arm64']`. */
  readonly platforms?: readonly string[]
  /** Layers of each platform. Default 2. */
  readonly layers?: number
  /** Bytes of each layer, random and so unshared. Default 200. */
  readonly layerBytes?: number
  /** Files of the first layer, by path. Default: one that makes the layers differ. */
  readonly files?: Readonly<Record<string, string>>
  /** Makes two images differ. Default `app`. */
  readonly seed?: string
  readonly annotations?: Readonly<Record<string, string>>
}

/** One platform's manifest with its blobs stored. */
export async function putImage(
  store: ImageStore,
  platform: string,
  shape: ImageShape = {},
): Promise<StoredManifest> {
  const [os, architecture] = platform.split('/')
  const layers: Layer[] = []
  for (let index = 0; index < (shape.layers ?? 2); index++)
    layers.push(
      await layerOf(
        `${shape.seed ?? 'app'} ${platform} ${index}`,
        shape.layerBytes,
        index === 0 ? shape.files : undefined,
      ),
    )
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
  const config = blobOf(
    Buffer.from(JSON.stringify({ os, architecture, rootfs, config: { Cmd: ['/app'] } })),
    mediaTypes.ociConfig,
  )
  return attachArtifact(store, {
    mediaType: mediaTypes.ociManifest,
    blobs: [config, ...layers],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
      ...(shape.annotations && { annotations: shape.annotations }),
    }),
  })
}

/** A multi-platform image, stored; tagged when a tag is given. */
export async function putIndex(
  store: ImageStore,
  shape: ImageShape = {},
  tag?: string,
): Promise<StoredManifest> {
  const platforms = shape.platforms ?? ['linux/amd64', 'linux/arm64']
  const children: Descriptor[] = []
  for (const platform of platforms) {
    const [os = '', architecture = ''] = platform.split('/')
    const { descriptor } = await putImage(store, platform, shape)
    children.push({ ...descriptor, platform: { os, architecture } })
  }
  const index = storedManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: children,
    ...(shape.annotations && { annotations: shape.annotations }),
  })
  await store.putManifest(index)
  if (tag) await store.putTag(tag, index)
  return index
}

/** A small referrer of `subject` with one layer of this content. */
export async function putReferrer(
  store: ImageStore,
  subject: Descriptor,
  content: string,
  artifactType = 'application/vnd.example.evidence',
): Promise<StoredManifest> {
  const layer = blobOf(Buffer.from(content), 'text/plain')
  const { mediaType, digest, size } = subject
  return attachArtifact(store, {
    mediaType: mediaTypes.ociManifest,
    blobs: [{ descriptor: emptyConfig.descriptor, bytes: emptyConfig.bytes }, layer],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType,
      config: emptyConfig.descriptor,
      layers: [layer.descriptor],
      subject: { mediaType, digest, size },
    }),
  })
}

/** A cosign-style signature under its legacy tag. */
export async function putLegacySignature(
  store: ImageStore,
  subject: Descriptor,
  contents: readonly string[],
): Promise<StoredManifest> {
  const layers = contents.map((content) => blobOf(Buffer.from(content), mediaTypes.cosignSimpleSigning))
  const config = blobOf(Buffer.from('{"architecture":"","os":""}'), mediaTypes.ociConfig)
  const stored = await attachArtifact(store, {
    mediaType: mediaTypes.ociManifest,
    blobs: [config, ...layers],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: config.descriptor,
      layers: layers.map(({ descriptor }) => descriptor),
    }),
  })
  await store.putTag(`${subject.digest.replace(':', '-')}.sig`, stored)
  return stored
}

interface Layer extends Blob {
  /** Digest of the tar inside, as the image's config names it. */
  readonly diffId: string
}

/** A gzipped tar with these files and one more: the seed, or from 4 KiB on random bytes, so that no two images share it. */
async function layerOf(
  seed: string,
  size = 200,
  files: Readonly<Record<string, string>> = {},
): Promise<Layer> {
  const pack = tarPack()
  for (const [name, text] of Object.entries(files)) pack.entry({ name, mtime: new Date(0) }, text)
  const content = size < 4096 ? Buffer.from(`${seed} ${'x'.repeat(size)}`) : randomBytes(size)
  pack.entry({ name: 'app/data', mtime: new Date(0) }, content)
  pack.finalize()
  const tar = Buffer.concat(await Array.fromAsync(pack as AsyncIterable<Buffer>))
  const blob = blobOf(gzipSync(tar, { level: size < 4096 ? 6 : 0 }), mediaTypes.ociLayerGzip)
  return { ...blob, diffId: digestOf(tar) }
}
