import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { Made } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { contextOf, programOf, runBuilder } from './builder-program.ts'
import { dockerfileOptions, isFresh, mayWriteCache } from './dockerfile-options.ts'
import { inWorkFolder } from './work-folder.ts'

/**
 * Builds with `buildah`, without a daemon, each platform apart: `bud --platform a,b --manifest` lists them in random
 * order. `--timestamp` is given because buildah before 1.41 ignores SOURCE_DATE_EPOCH.
 */
export async function buildWithBuildah(job: BuildJob): Promise<MadeImage> {
  return inWorkFolder(async (folder) => {
    const made: Made[] = []
    for (const [index, platform] of job.spec.build.platforms.entries())
      made.push(await buildPlatform(job, platform, join(folder, String(index))))
    return adoptPlatforms(made, job)
  })
}

async function buildPlatform(job: BuildJob, platform: string, layout: string): Promise<Made> {
  const buildah = programOf(job, 'buildah')
  const name = `localhost/waybill-build:${randomUUID()}`
  await runBuilder(buildah, [...budArguments(job, platform), `--tag=${name}`, contextOf(job)], job)
  try {
    await runBuilder(buildah, ['push', '--quiet', name, `oci:${layout}:built`], job)
  } finally {
    await runBuilder(buildah, ['rmi', name], job)
  }
  const store = await job.parts.openStore(`layout:${layout}`)
  return { store, image: await resolve(store, 'built') }
}

function budArguments(job: BuildJob, platform: string): string[] {
  return [
    'bud',
    `--platform=${platform}`,
    `--timestamp=${job.source.epoch}`,
    '--format=oci',
    ...dockerfileOptions(job),
    ...cacheOptions(job),
    ...(job.spec.build.arguments ?? []),
  ]
}

/** `bud` uses layers of earlier builds only with `--layers`; the cache of a registry needs it too. */
function cacheOptions(job: BuildJob): string[] {
  const { cache } = job.spec.build
  if (isFresh(job)) return ['--no-cache', '--pull=always']
  if (cache?.type !== 'registry') return []
  const read = ['--layers', `--cache-from=${cache.ref}`]
  return mayWriteCache(job) ? [...read, `--cache-to=${cache.ref}`] : read
}
