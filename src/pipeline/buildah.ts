import { randomUUID } from 'node:crypto'
import { join, resolve as resolvePath } from 'node:path'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { Made } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { runBuilder } from './builder-program.ts'
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
  const { spec, source, parts } = job
  const context = resolvePath(spec.directory, spec.build.context)
  const name = `localhost/waybill-build:${randomUUID()}`
  await runBuilder(
    'buildah',
    [
      'bud',
      `--platform=${platform}`,
      `--file=${resolvePath(context, spec.build.dockerfile ?? 'Dockerfile')}`,
      `--timestamp=${source.epoch}`,
      '--format=oci',
      `--tag=${name}`,
      context,
    ],
    job,
  )
  try {
    await runBuilder('buildah', ['push', '--quiet', name, `oci:${layout}:built`], job)
  } finally {
    await runBuilder('buildah', ['rmi', name], job)
  }
  const store = await parts.openStore(`layout:${layout}`)
  return { store, image: await resolve(store, 'built') }
}
