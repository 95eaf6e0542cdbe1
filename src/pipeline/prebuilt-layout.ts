import { fail, isObject, limits, parseJson } from '../base/index.ts'
import { isAttestationEntry } from '../oci/index.ts'
import { copyClosure, readBlob, resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import { inLayers } from './baked-in/warn.ts'
import type { BuildJob, BuiltPlatform, MadeImage } from './build-job.ts'
import { pipelineErrors } from './errors.ts'
import { platformText } from './image-index.ts'
import { openImage } from './image-place.ts'

/**
 * Adopts an image that another tool left as an OCI layout. Every byte is hashed on its way, none is changed, so the
 * digest stays what that tool made it.
 */
export async function adoptLayout(job: BuildJob): Promise<MadeImage> {
  const { store, image } = await openImage(`layout:${job.spec.build.layout ?? ''}`, job)
  const platforms = await platformsOf(store, image)
  await copyClosure({
    source: store,
    destination: job.destination,
    root: image.descriptor.digest,
    referrers: false,
    onStep: job.parts.onStep,
    signal: job.parts.signal,
  })
  const images = await Promise.all(platforms.map(({ digest }) => resolve(store, digest)))
  const bakedIn = await inLayers(
    images.map((one) => ({ store, image: one })),
    job.parts.signal,
  )
  return { root: image, platforms, bases: [], bakedIn }
}

/** The platforms of an image, each with the digests of its manifest and config. @throws BUILDER_FAILED */
export async function platformsOf(
  store: ImageStore,
  image: StoredManifest,
): Promise<readonly BuiltPlatform[]> {
  if (image.manifest.kind === 'manifest') return [await platformOf(store, image)]
  const children = image.manifest.manifests.filter((entry) => !isAttestationEntry(entry))
  const found: BuiltPlatform[] = []
  for (const child of children) found.push(await platformOf(store, await resolve(store, child.digest)))
  return found
}

async function platformOf(store: ImageStore, image: StoredManifest): Promise<BuiltPlatform> {
  const { manifest, descriptor } = image
  if (manifest.kind !== 'manifest') throw notAnImage('an index inside an index', descriptor.digest)
  const bytes = await readBlob(store, manifest.config, limits.manifestBytes)
  const config = parseJson(bytes, manifest.config.digest)
  if (!isObject(config) || typeof config.os !== 'string' || typeof config.architecture !== 'string')
    throw notAnImage('a manifest whose config names no platform', descriptor.digest)
  return { platform: platformText(config), digest: descriptor.digest, config: manifest.config.digest }
}

function notAnImage(found: string, where: string) {
  return fail(pipelineErrors.BUILDER_FAILED, {
    message: `Found ${found}, expected a container image.`,
    where,
  })
}
