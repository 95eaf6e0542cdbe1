import { join } from 'node:path'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { fail } from '../base/index.ts'
import { contextOf, programOf, runBuilder } from './builder-program.ts'
import { onlyImage } from './image-place.ts'
import { pipelineErrors } from './errors.ts'
import { inWorkFolder } from './work-folder.ts'

/**
 * Builds a Go program with `ko` into an OCI layout; nothing is pushed. Its SBOM is turned off, because it would be a
 * second, unsigned one. ko wants to know a repository even so, and writes it nowhere into the image.
 * Contract: ko.build, "ko build" and "Configuration".
 */
export async function buildWithKo(job: BuildJob): Promise<MadeImage> {
  return inWorkFolder(async (folder) => {
    const layout = join(folder, 'layout')
    checkPath(layout)
    const { platforms, main = '.', arguments: more = [] } = job.spec.build
    await runBuilder(
      programOf(job, 'ko'),
      [
        'build',
        '--push=false',
        `--oci-layout-path=${layout}`,
        `--platform=${platforms.join(',')}`,
        '--sbom=none',
        '--bare',
        ...more,
        main,
      ],
      job,
      { cwd: contextOf(job), env: { KO_DOCKER_REPO: `localhost/${job.spec.application}` } },
    )
    const store = await job.parts.openStore(`layout:${layout}`)
    return adoptPlatforms([{ store, image: await resolve(store, await onlyImage(layout)) }], job)
  })
}

/** ko takes the path for the name of a repository once it has written the image, and fails when it is none. */
function checkPath(path: string): void {
  if (/^[a-z0-9_./-]+$/.test(path)) return
  throw fail(pipelineErrors.BUILD_INVALID, {
    message:
      'ko takes only small letters, digits and . _ - / in the path of a layout. Set TMPDIR to such a folder.',
    where: path,
  })
}
