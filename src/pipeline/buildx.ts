import { readFile } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { isObject, limits, parseJson } from '../base/index.ts'
import { isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { builderFailed } from './builder-failed.ts'
import { contextOf, runBuilder } from './builder-program.ts'
import type { CacheConfig } from './builder-schema.ts'
import { dockerfileOptions, isFresh, mayWriteCache } from './dockerfile-options.ts'
import { inWorkFolder } from './work-folder.ts'

/**
 * Builds with `docker buildx` into an OCI layout on disk, so that nothing is pushed before it is checked. BuildKit's
 * own attestations are turned off unless asked for: they are unsigned and their times change the digest.
 * Contract: docs.docker.com, "docker buildx build", --metadata-file and the OCI exporter with tar=false.
 */
export async function buildWithBuildx(job: BuildJob): Promise<MadeImage> {
  return inWorkFolder(async (folder) => {
    const layout = join(folder, 'layout')
    const metadata = join(folder, 'metadata.json')
    await runBuilder('docker', buildxArguments(job, layout, metadata), job)
    const digest = await builtDigest(metadata)
    const store = await job.parts.openStore(`layout:${layout}`)
    return adoptPlatforms([{ store, image: await resolve(store, digest) }], job)
  })
}

function buildxArguments(job: BuildJob, layout: string, metadata: string): string[] {
  const { attestations = {}, instance, platforms, arguments: more = [] } = job.spec.build
  return [
    'buildx',
    'build',
    ...(instance === undefined ? [] : [`--builder=${instance}`]),
    '--progress=plain',
    `--platform=${platforms.join(',')}`,
    `--output=type=oci,dest=${layout},tar=false,rewrite-timestamp=true`,
    `--metadata-file=${metadata}`,
    `--provenance=${attestations.provenance ? `mode=${attestations.provenance}` : 'false'}`,
    `--sbom=${attestations.sbom === true}`,
    ...dockerfileOptions(job),
    ...cacheOptions(job),
    ...more,
    contextOf(job),
  ]
}

function cacheOptions(job: BuildJob): string[] {
  const { cache } = job.spec.build
  if (isFresh(job)) return ['--no-cache', '--pull']
  if (!cache) return []
  const place = cachePlace(cache, job)
  const read = `--cache-from=type=${cache.type}${place.from}`
  return mayWriteCache(job) ? [read, `--cache-to=type=${cache.type}${place.to},mode=${cache.mode}`] : [read]
}

function cachePlace(cache: CacheConfig, { spec }: BuildJob): { from: string; to: string } {
  if (cache.type === 'local') {
    const folder = resolvePath(spec.directory, cache.folder)
    return { from: `,src=${folder}`, to: `,dest=${folder}` }
  }
  const scope = cache.type === 'gha' && cache.scope ? `,scope=${cache.scope}` : ''
  const both = cache.type === 'registry' ? `,ref=${cache.ref}` : scope
  return { from: both, to: both }
}

async function builtDigest(path: string): Promise<Digest> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw failed('Found no metadata file, expected one with the digest', cause)
  })
  if (bytes.length > limits.answerBytes) throw failed(`Found ${bytes.length} bytes of metadata, too many`)
  const metadata = parseJson(bytes, 'metadata of docker buildx')
  const digest = isObject(metadata) ? metadata['containerimage.digest'] : undefined
  if (isDigest(digest)) return digest
  throw failed('Found no containerimage.digest in the metadata file')
}

function failed(message: string, cause?: unknown) {
  return builderFailed(message, 'docker buildx build', cause)
}
