import { fail } from '../base/index.ts'
import { copyClosure, resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { pipelineErrors } from './errors.ts'
import { imageAnnotations } from './image-annotations.ts'
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
  for (const { store, image } of made)
    for (const found of await platformsOf(store, image)) {
      const manifest = await resolve(store, found.digest)
      await copyClosure({
        source: store,
        destination: job.destination,
        root: found.digest,
        referrers: false,
        onStep: job.parts.onStep,
        signal: job.parts.signal,
      })
      entries.push({ platform: found.platform, manifest, config: found.config })
    }
  checkPlatforms(entries, job)
  return { ...(await storeIndex(entries, imageAnnotations(job.source), job.destination)), bases: [] }
}

function checkPlatforms(entries: readonly IndexEntry[], { spec }: BuildJob): void {
  const plain = (text: string) => text.replace(/^(linux\/arm64)\/v8$/, '$1')
  const found = entries.map(({ platform }) => plain(platform)).toSorted()
  const asked = spec.build.platforms.map(plain).toSorted()
  if (found.join() === asked.join()) return
  throw fail(pipelineErrors.BUILDER_FAILED, {
    message: `Found ${found.join(', ') || 'no platform'}, expected ${asked.join(', ')}.`,
    where: spec.build.builder,
  })
}
