import { createReadStream } from 'node:fs'
import { readFile, realpath } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { digestOf, mediaTypes } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { basePlatform, openBase } from './base-image.ts'
import type { Base } from './base-image.ts'
import type { BuildJob, MadeImage } from './build-job.ts'
import { contextFiles } from './context-files.ts'
import type { ContextFile } from './context-files.ts'
import { compileIgnore } from './ignore.ts'
import { baseAnnotations, createdAt } from './image-annotations.ts'
import { imageConfig } from './image-config.ts'
import { newManifest, storeIndex } from './image-index.ts'
import type { IndexEntry } from './image-index.ts'
import { writeLayer } from './layer.ts'
import type { Layer } from './layer.ts'
import { leaveOutSecrets } from './left-out-secrets.ts'
import { readNpmApp, withoutDeadLaunchers } from './npm-app.ts'
import { inWorkFolder } from './work-folder.ts'

const DEFAULT_TARGET = '/app'
const NEVER_WANTED = ['**/.git', '**/.hg', '**/.svn', '**/.DS_Store', '**/node_modules/.cache']

/**
 * Builds without a daemon: the context becomes one layer on a base image or on nothing, once for all platforms.
 * Nothing of this machine gets in: not its clock, users, umask, locale, time zone or order of directories.
 */
export async function buildNatively(job: BuildJob): Promise<MadeImage> {
  return inWorkFolder(async (folder) => {
    const { files, root, command } = await readContext(job)
    const target = job.spec.build.target ?? DEFAULT_TARGET
    const { signal } = job.parts
    const file = join(folder, 'layer.tar.gz')
    const layer = await writeLayer({ root, files, target, epoch: job.source.epoch, file, signal })
    const { base: reference } = job.spec.build
    const base = reference === undefined ? undefined : await openBase(reference, job)
    const entries: IndexEntry[] = []
    for (const platform of job.spec.build.platforms)
      entries.push(await buildPlatform(job, { platform, base, layer, target, command }))
    const bases = base ? [base.used] : []
    const annotations = { ...baseAnnotations(bases), ...job.annotations }
    return { ...(await storeIndex(entries, annotations, job.destination)), bases }
  })
}

async function readContext(job: BuildJob) {
  const { build, directory } = job.spec
  const root = await realpath(resolve(directory, build.context))
  const app = await readNpmApp(root)
  const ignore = compileIgnore([
    ...NEVER_WANTED,
    ...(app?.development ?? []),
    ...ownLayout(root, job.destination),
    ...(await dockerIgnore(root)),
    ...(build.exclude ?? []),
    ...(build.include ?? []).map((pattern) => `!${pattern}`),
  ])
  const listed = await contextFiles(root, ignore, job.parts.signal)
  const files = withoutDeadLaunchers(leaveOutSecrets(listed, build.include ?? [], job.parts.onStep))
  warnAboutAddons(files, job)
  const runnable = build.base !== undefined && build.entrypoint === undefined && build.command === undefined
  return { root, files, command: runnable ? app?.command : undefined }
}

async function dockerIgnore(root: string): Promise<string[]> {
  const text = await readFile(join(root, '.dockerignore'), 'utf8').catch(() => '')
  return text.split(/\r?\n/)
}

/** The layout being written, when it is inside the context: else every build would hold the one before. */
function ownLayout(root: string, destination: ImageStore): string[] {
  if (!destination.location.startsWith('layout:')) return []
  const inside = relative(root, resolve(destination.location.slice('layout:'.length)))
  return inside === '' || inside.startsWith('..') ? [] : [inside]
}

function warnAboutAddons(files: readonly ContextFile[], { spec, parts }: BuildJob): void {
  const addon = files.find(({ kind, path }) => kind === 'file' && path.endsWith('.node'))
  if (!addon || spec.build.platforms.length < 2) return
  const message = `${addon.path} is machine code for one platform, and goes into the image of every platform.`
  parts.onStep({ kind: 'warning', code: 'NATIVE_ADDON', message })
}

interface PlatformJob {
  readonly platform: string
  readonly base: Base | undefined
  readonly layer: Layer
  readonly target: string
  readonly command: readonly string[] | undefined
}

async function buildPlatform(job: BuildJob, piece: PlatformJob): Promise<IndexEntry> {
  const { platform, base, layer, target, command } = piece
  const { destination, source, parts } = job
  const below = base && (await basePlatform(base, platform))
  if (base && below) await Promise.all(below.layers.map((one) => copyLayer(base.store, one, job)))
  await destination.putBlob(layer.descriptor, async () => createReadStream(layer.file), {
    signal: parts.signal,
  })
  const json = imageConfig({
    build: job.spec.build,
    platform,
    base: below,
    layer,
    created: createdAt(source),
    target,
    command,
  })
  const config = await putConfig(json, destination)
  const manifest = newManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [...(below?.layers ?? []), layer.descriptor],
    annotations: { ...baseAnnotations(base ? [base.used] : []), ...job.annotations },
  })
  await destination.putManifest(manifest)
  return { platform, manifest, config: config.digest }
}

async function putConfig(
  json: Readonly<Record<string, unknown>>,
  destination: ImageStore,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(json))
  const descriptor = { mediaType: mediaTypes.ociConfig, digest: digestOf(bytes), size: bytes.length }
  await destination.putBlob(descriptor, async () => one(bytes))
  return descriptor
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function copyLayer(
  from: ImageStore,
  layer: Descriptor,
  { destination, parts }: BuildJob,
): Promise<void> {
  const { repository } = from
  const mount = repository !== undefined && repository.registry === destination.repository?.registry
  await destination.putBlob(layer, () => from.blob(layer), {
    signal: parts.signal,
    ...(mount && { mountFrom: repository }),
  })
}
