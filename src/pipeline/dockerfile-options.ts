import { resolve } from 'node:path'
import { fail } from '../base/index.ts'
import type { BuildJob } from './build-job.ts'
import { contextOf } from './builder-program.ts'
import { pipelineErrors } from './errors.ts'
import { compileIgnore } from './ignore.ts'

const RELEASES = ['release/*']

/** What docker buildx and buildah spell the same way. */
export function dockerfileOptions(job: BuildJob): string[] {
  const { buildArgs = {}, target, dockerfile = 'Dockerfile' } = job.spec.build
  return [
    `--file=${resolve(contextOf(job), dockerfile)}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...Object.entries(buildArgs).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...secretOptions(job),
  ]
}

/** @throws BUILD_INVALID when a secret's variable is not set: the build would go on with an empty secret */
function secretOptions({ spec, parts }: BuildJob): string[] {
  return Object.entries(spec.build.secrets ?? {}).map(([id, secret]) => {
    if ('file' in secret) return `--secret=id=${id},src=${resolve(spec.directory, secret.file)}`
    if (parts.env[secret.env]) return `--secret=id=${id},env=${secret.env}`
    throw fail(pipelineErrors.BUILD_INVALID, {
      message: `The variable ${secret.env} is not set; it is the secret "${id}".`,
      where: 'build.secrets',
    })
  })
}

/** True for the branches and tags of `build.fresh`: nothing that an earlier build left may get into them. */
export function isFresh({ spec, source }: BuildJob): boolean {
  const name = source.ref.replace(/^refs\/(?:heads|tags)\//, '')
  return compileIgnore(spec.build.fresh ?? RELEASES).excludes(name)
}

/** What a pull request puts into a cache, the next build of a branch takes out: by default it may not. */
export function mayWriteCache({ spec, source }: BuildJob): boolean {
  return source.event !== 'pull-request' || spec.build.cache?.pullRequests === 'write'
}
