import { readFile } from 'node:fs/promises'
import { resolve as resolvePath } from 'node:path'
import { limits, parseJson, printableLine } from '../../base/index.ts'
import type { Descriptor } from '../../oci/index.ts'
import { readBlob, resolve } from '../../registry/index.ts'
import type { ImageStore, StoredManifest } from '../../registry/index.ts'
import type { BuildJob, MadeImage } from '../build-job.ts'
import { inArguments, inConfig, inPaths } from './find.ts'
import type { BakedIn } from './find.ts'
import { layerPaths } from './layer-paths.ts'

/** Compressed bytes of layers that are looked through, the newest layers first. */
const LAYER_BYTES = 256 * 1024 * 1024
const MOST_WARNINGS = 20

type Job = Pick<BuildJob, 'spec' | 'destination' | 'parts'>

/**
 * Warns of configuration of one environment inside the image: it would be carried into every other. What
 * `build.allowBakedIn` names is not told. Layers are read only from disk; from a registry they would be fetched back.
 */
export async function warnOfBakedIn(made: MadeImage, job: Job): Promise<void> {
  const found = [...(await inDockerfile(job)), ...(await inImage(made, job))]
  const allowed = new Set(Object.keys(job.spec.build.allowBakedIn ?? {}))
  const told = new Map(found.filter(({ name }) => !allowed.has(name)).map((one) => [one.name, one]))
  for (const one of [...told.values()].slice(0, MOST_WARNINGS)) tell(one, job)
  if (told.size > MOST_WARNINGS)
    warn(`There are ${told.size - MOST_WARNINGS} more names like these in the image.`, job)
}

function tell({ name, where, why }: BakedIn, job: Job): void {
  const shown = printableLine(name, 120)
  warn(`${shown} (${where}) ${why}. Set it where the image runs, or allow it in build.allowBakedIn.`, job)
}

function warn(message: string, { parts }: Job): void {
  parts.onStep({ kind: 'warning', code: 'BAKED_IN_CONFIGURATION', message })
}

async function inDockerfile({ spec }: Job): Promise<readonly BakedIn[]> {
  const { builder, buildArgs = {}, context, dockerfile = 'Dockerfile' } = spec.build
  if (!['buildx', 'buildah', 'kaniko'].includes(builder)) return []
  const path = resolvePath(spec.directory, context, dockerfile)
  const bytes = await readFile(path).catch(() => Buffer.alloc(0))
  const text = bytes.length > limits.configFileBytes ? '' : bytes.toString('utf8')
  return inArguments(text, Object.keys(buildArgs))
}

async function inImage({ platforms, bakedIn }: MadeImage, job: Job): Promise<readonly BakedIn[]> {
  const { destination, parts } = job
  const found: BakedIn[] = []
  const images: OnDisk[] = []
  for (const { platform, digest } of platforms) {
    const image = await resolve(destination, digest)
    if (image.manifest.kind !== 'manifest') continue
    const { config } = image.manifest
    const bytes = await readBlob(destination, config, limits.manifestBytes)
    found.push(...inConfig(parseJson(bytes, config.digest), platform))
    images.push({ store: destination, image })
  }
  if (bakedIn) return [...found, ...bakedIn]
  return destination.repository ? found : [...found, ...(await inLayers(images, parts.signal))]
}

interface OnDisk {
  readonly store: ImageStore
  /** Of one platform. */
  readonly image: StoredManifest
}

/** Among the files of these images, those of one environment. The stores are to be on disk. */
export async function inLayers(images: readonly OnDisk[], signal: AbortSignal): Promise<readonly BakedIn[]> {
  const layers = new Map<string, { readonly store: ImageStore; readonly layer: Descriptor }>()
  for (const { store, image } of images)
    if (image.manifest.kind === 'manifest')
      for (const layer of image.manifest.layers.toReversed()) layers.set(layer.digest, { store, layer })
  const found: BakedIn[] = []
  let left = LAYER_BYTES
  for (const { store, layer } of layers.values()) {
    if ((left -= layer.size) < 0) break
    found.push(...inPaths(await pathsIn(store, layer, signal)))
  }
  return found
}

/** This is advice: a layer that cannot be looked through is none. Whoever pushes it will find out. */
async function pathsIn(
  store: ImageStore,
  layer: Descriptor,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    return (await layerPaths(store, layer, signal)) ?? []
  } catch {
    signal.throwIfAborted()
    return []
  }
}
