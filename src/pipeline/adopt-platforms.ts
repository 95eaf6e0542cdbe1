import { isAttestationEntry, isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { copyClosure, resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import { inLayers } from './baked-in/warn.ts'
import type { BaseUsed, BuildJob, MadeImage } from './build-job.ts'
import { builderFailed } from './builder-failed.ts'
import { baseAnnotations } from './image-annotations.ts'
import { storeIndex } from './image-index.ts'
import type { IndexEntry } from './image-index.ts'
import { platformsOf } from './prebuilt-layout.ts'

/** An image that a builder program has just left in a store of its own. */
export interface Made {
  readonly store: ImageStore
  readonly image: StoredManifest
}

/**
 * Takes the platform manifests out of what a builder made, untouched, and lists them in an index of ours: builders
 * order their indexes differently from run to run, and leave our annotations out.
 * @throws BUILDER_FAILED when a platform that was asked for is missing
 */
export async function adoptPlatforms(made: readonly Made[], job: BuildJob): Promise<MadeImage> {
  const entries: IndexEntry[] = []
  const onDisk: Made[] = []
  for (const one of made)
    for (const { platform, digest, config } of await platformsOf(one.store, one.image)) {
      const manifest = await adopt(one.store, digest, job)
      onDisk.push({ store: one.store, image: manifest })
      entries.push({ platform, manifest, config, attestations: await attestationsOf(one, digest, job) })
    }
  checkPlatforms(entries, job)
  const bases = basesOf(entries, job)
  const annotations = { ...baseAnnotations(bases), ...job.annotations }
  const bakedIn = await inLayers(onDisk, job.parts.signal)
  return { ...(await storeIndex(entries, annotations, job.destination)), bases, bakedIn }
}

async function adopt(source: ImageStore, root: Digest, job: BuildJob): Promise<StoredManifest> {
  const { onStep, signal } = job.parts
  const manifest = await resolve(source, root)
  await copyClosure({ source, destination: job.destination, root, referrers: false, onStep, signal })
  return manifest
}

/** Only what was asked for: an instance can be set up to add attestations by itself. */
async function attestationsOf({ store, image }: Made, platform: Digest, job: BuildJob) {
  if (!job.spec.build.attestations || image.manifest.kind !== 'index') return []
  const entries = image.manifest.manifests.filter(
    (entry) => isAttestationEntry(entry) && entry.annotations?.['vnd.docker.reference.digest'] === platform,
  )
  const found: StoredManifest[] = []
  for (const { digest } of entries) found.push(await adopt(store, digest, job))
  if (found.length > 0) return found
  throw builderFailed(
    `Found no attestations of ${platform}, expected those of build.attestations`,
    'docker buildx',
  )
}

/** Builders that say which image a platform stands on. Others hand on what their base image said about its own. */
const TELL_BASES: readonly string[] = ['buildah', 'ko']

function basesOf(entries: readonly IndexEntry[], { spec }: BuildJob): readonly BaseUsed[] {
  if (!TELL_BASES.includes(spec.build.builder)) return []
  const found = new Map<string, BaseUsed>()
  for (const { manifest } of entries) {
    const name = manifest.manifest.annotations['org.opencontainers.image.base.name'] ?? ''
    const digest = manifest.manifest.annotations['org.opencontainers.image.base.digest']
    if (/^[\x21-\x7e]{1,512}$/.test(name) && isDigest(digest))
      found.set(`${name}@${digest}`, { name, digest })
  }
  return [...found.values()].toSorted((a, b) => (`${a.name}@${a.digest}` < `${b.name}@${b.digest}` ? -1 : 1))
}

function checkPlatforms(entries: readonly IndexEntry[], { spec }: BuildJob): void {
  const plain = (text: string) => text.replace(/^(linux\/arm64)\/v8$/, '$1')
  const found = entries.map(({ platform }) => plain(platform)).toSorted()
  const asked = spec.build.platforms.map(plain).toSorted()
  if (found.join() === asked.join()) return
  throw builderFailed(
    `Found ${found.join(', ') || 'no platform'}, expected ${asked.join(', ')}`,
    spec.build.builder,
  )
}
