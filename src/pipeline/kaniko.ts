import { readFile } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { builderFailed } from './builder-failed.ts'
import { contextOf, programOf, runBuilder } from './builder-program.ts'
import { isFresh, mayWriteCache } from './dockerfile-options.ts'
import { onlyImage } from './image-place.ts'
import { inWorkFolder } from './work-folder.ts'

/**
 * Builds one platform with kaniko's `executor`, or a fork of it, into an OCI layout; nothing is pushed. kaniko unpacks
 * the image over the root of the container it runs in and clears that between stages: the work folder is kept out, and
 * whatever else must stay belongs on a volume. Contract: the README of kaniko, "Additional Flags".
 */
export async function buildWithKaniko(job: BuildJob): Promise<MadeImage> {
  return inWorkFolder(async (folder) => {
    const layout = join(folder, 'layout')
    const said = join(folder, 'digest')
    await runBuilder(programOf(job, 'executor'), kanikoArguments(job, { folder, layout, said }), job)
    const digest = await onlyImage(layout)
    const told = (await readFile(said, 'utf8').catch(() => '')).trim()
    if (told !== digest)
      throw builderFailed(
        `Found ${digest} in the layout, but the digest file says "${told.slice(0, 80)}"`,
        'kaniko',
      )
    const store = await job.parts.openStore(`layout:${layout}`)
    return adoptPlatforms([{ store, image: await resolve(store, digest) }], job)
  })
}

interface Places {
  readonly folder: string
  readonly layout: string
  readonly said: string
}

function kanikoArguments(job: BuildJob, { folder, layout, said }: Places): string[] {
  const { build } = job.spec
  const context = contextOf(job)
  return [
    `--context=dir://${context}`,
    `--dockerfile=${resolvePath(context, build.dockerfile ?? 'Dockerfile')}`,
    `--custom-platform=${build.platforms.join()}`,
    '--no-push',
    `--oci-layout-path=${layout}`,
    `--digest-file=${said}`,
    `--ignore-path=${folder}`,
    '--reproducible',
    ...(build.target === undefined ? [] : [`--target=${build.target}`]),
    ...Object.entries(build.buildArgs ?? {}).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...cacheOptions(job),
    ...(build.arguments ?? []),
  ]
}

/** kaniko uses no cache unless told to. `--no-push-cache` keeps what a pull request made out of it. */
function cacheOptions(job: BuildJob): string[] {
  const { cache } = job.spec.build
  if (cache?.type !== 'registry' || isFresh(job)) return []
  const read = ['--cache=true', `--cache-repo=${cache.ref}`]
  return mayWriteCache(job) ? read : [...read, '--no-push-cache']
}
