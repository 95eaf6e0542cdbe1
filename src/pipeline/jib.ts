import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, parseJson } from '../base/index.ts'
import { resolve } from '../registry/index.ts'
import { adoptPlatforms } from './adopt-platforms.ts'
import type { Made } from './adopt-platforms.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { builderFailed } from './builder-failed.ts'
import { contextOf, programOf, runBuilder } from './builder-program.ts'
import { onlyImage } from './image-place.ts'
import { unpackLayout } from './unpack-layout.ts'
import { inWorkFolder } from './work-folder.ts'

const TOOLS = {
  maven: {
    program: 'mvn',
    words: ['--batch-mode', '--quiet', '-Dstyle.color=never', 'compile', 'jib:buildTar'],
  },
  gradle: { program: 'gradle', words: ['--console=plain', '--quiet', 'jibBuildTar'] },
} as const

/**
 * Builds a Java program with jib into an archive on disk; nothing is pushed. The archive is asked for in OCI form,
 * which is a layout with the very bytes a push would send; jib's own default is a docker archive, whose layers and
 * digest a push would change. Each platform is built apart, for jib writes one platform to an archive.
 * Contract: the README of jib-maven-plugin and jib-gradle-plugin, "Extended Usage" and "System Properties".
 */
export async function buildWithJib(job: BuildJob): Promise<MadeImage> {
  return inWorkFolder(async (folder) => {
    const made: Made[] = []
    for (const [index, platform] of job.spec.build.platforms.entries())
      made.push(await buildPlatform(job, platform, join(folder, String(index))))
    return adoptPlatforms(made, job)
  })
}

async function buildPlatform(job: BuildJob, platform: string, folder: string): Promise<Made> {
  const tool = TOOLS[job.spec.build.tool ?? 'maven']
  const [archive, said] = [`${folder}.tar`, `${folder}.json`]
  const properties = {
    'jib.container.format': 'OCI',
    'jib.from.platforms': platform,
    'jib.outputPaths.tar': archive,
    'jib.outputPaths.imageJson': said,
  }
  const given = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`)
  const more = job.spec.build.arguments ?? []
  await runBuilder(programOf(job, tool.program), [...tool.words, ...given, ...more], job, {
    cwd: contextOf(job),
  })
  await unpackLayout(archive, folder)
  const digest = await onlyImage(folder)
  await compare(digest, said)
  const store = await job.parts.openStore(`layout:${folder}`)
  return { store, image: await resolve(store, digest) }
}

/** jib-image.json says what jib made and whether it pushed it; both must be as asked. */
async function compare(digest: string, path: string): Promise<void> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw builderFailed('Found no jib-image.json, expected one with the digest', 'jib', cause)
  })
  const said = parseJson(bytes, 'jib-image.json')
  if (!isObject(said) || said.imageDigest !== digest)
    throw builderFailed(`Found ${digest} in the archive, but jib-image.json names another digest`, 'jib')
  if (said.imagePushed === true) throw builderFailed('Found that jib pushed the image by itself', 'jib')
}
