import { copyFile, link, mkdir, open, writeFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../base/index.ts'
import type { ResolvedImage, ResolvedPlatform } from '../../assessment/index.ts'
import { algorithmOf, formatPlatform, hexOf, mediaTypes } from '../../oci/index.ts'
import type { Descriptor, ImageManifest } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { copyClosure, openLayout } from '../../registry/index.ts'
import type { ImageCopy } from '../../tools/index.ts'
import { pipelineErrors } from '../errors.ts'
import { writeTar } from '../tar.ts'
import type { TarMember } from '../tar.ts'
import type { BuildParts } from '../build-job.ts'

/**
 * Every platform of an image apart, on local disk, every byte hashed on its way. Nothing is read twice over the
 * network, and what the platforms share lies there once.
 * @param folder empty, absolute
 * @param archives also as `docker save` writes them
 */
export async function imageCopies(
  image: ResolvedImage,
  folder: string,
  archives: boolean,
  { onStep, signal }: Pick<BuildParts, 'onStep' | 'signal'>,
): Promise<readonly ImageCopy[]> {
  const whole = join(folder, 'image')
  const destination = await openLayout(whole, { create: true })
  const root = image.digest
  await copyClosure({ source: image.store, destination, root, referrers: false, onStep, signal })
  return Promise.all(
    image.platforms.map(async (platform, index) => {
      const own = await platformLayout(platform, whole, join(folder, `platform-${index}`))
      return archives ? { ...own, archive: await platformArchive(platform, own.layout) } : own
    }),
  )
}

/** An OCI layout with one image in it (image-spec image-layout.md). */
async function platformLayout(
  { platform, manifest, config, content }: ResolvedPlatform,
  whole: string,
  layout: string,
): Promise<ImageCopy> {
  const { layers } = imageIn(content, manifest)
  await mkdir(join(layout, 'blobs', algorithmOf(manifest)), { recursive: true })
  const sizes = await Promise.all(
    [...new Set([manifest, config, ...layers.map(({ digest }) => digest)])].map((digest) =>
      share(blobIn(whole, digest), blobIn(layout, digest)),
    ),
  )
  const entry = { mediaType: mediaTypeOf(content), digest: manifest, size: sizes[0] }
  await writeFile(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [entry] }),
  )
  await writeFile(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
  return { platform: formatPlatform(platform), manifest, config, layout, archive: undefined }
}

const mediaTypeOf = (content: ImageManifest | undefined) => content?.mediaType ?? mediaTypes.ociManifest

function imageIn(content: ImageManifest | undefined, where: string): ImageManifest {
  if (content) return content
  throw fail(pipelineErrors.BUILD_INVALID, {
    message: 'Found an index inside an index, expected the image of one platform.',
    where,
  })
}

function blobIn(layout: string, digest: Digest): string {
  return join(layout, 'blobs', algorithmOf(digest), hexOf(digest))
}

/** Under a second name where the file system can, else copied. Returns the size. */
async function share(from: string, to: string): Promise<number> {
  await link(from, to).catch(() => copyFile(from, to))
  const file = await open(to)
  try {
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

/** `docker save`'s form (moby image spec v1.2, "combined image JSON"): manifest.json, the config, the layers as they travel. */
async function platformArchive({ content, config }: ResolvedPlatform, layout: string): Promise<string> {
  const archive = `${layout}.tar`
  const layers = content?.layers ?? []
  const named = (digest: Digest, end: string) => `${hexOf(digest)}${end}`
  const list = Buffer.from(
    JSON.stringify([
      {
        Config: named(config, '.json'),
        RepoTags: [],
        Layers: layers.map(({ digest }) => named(digest, '.tar.gz')),
      },
    ]),
  )
  const members = [
    memberOf('manifest.json', list.length, async function* () {
      yield list
    }),
    ...(content ? [blobMember(content.config, named(config, '.json'), layout)] : []),
    ...unique(layers).map((layer) => blobMember(layer, named(layer.digest, '.tar.gz'), layout)),
  ]
  await writeFile(archive, writeTar(members, 0))
  return archive
}

function unique(layers: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(layers.map((layer) => [layer.digest, layer])).values()]
}

function blobMember({ digest, size }: Descriptor, path: string, layout: string): TarMember {
  return memberOf(path, size, () => createReadStream(blobIn(layout, digest)))
}

function memberOf(path: string, size: number, content: () => AsyncIterable<Uint8Array>): TarMember {
  return { path, type: 'file', executable: false, size, content }
}
