import { readFile } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { fail, isObject, limits, parseJson } from '../base/index.ts'
import { isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { runBuilder } from './builder-program.ts'
import { pipelineErrors } from './errors.ts'
import { inWorkFolder } from './work-folder.ts'

/**
 * Builds with `docker buildx` into an OCI layout on disk, so that nothing is pushed before it is checked. BuildKit's
 * own attestations are turned off: they are unsigned and their times change the digest; Waybill signs its own.
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

function buildxArguments({ spec }: BuildJob, layout: string, metadata: string): string[] {
  const context = resolvePath(spec.directory, spec.build.context)
  return [
    'buildx',
    'build',
    '--progress=plain',
    `--platform=${spec.build.platforms.join(',')}`,
    `--file=${resolvePath(context, spec.build.dockerfile ?? 'Dockerfile')}`,
    `--output=type=oci,dest=${layout},tar=false,rewrite-timestamp=true`,
    `--metadata-file=${metadata}`,
    '--provenance=false',
    '--sbom=false',
    context,
  ]
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
  const detail = {
    message: `${message}.`,
    where: 'docker buildx build',
    ...(cause !== undefined && { cause }),
  }
  return fail(pipelineErrors.BUILDER_FAILED, detail)
}
