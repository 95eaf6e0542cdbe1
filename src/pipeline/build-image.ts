import { timestamp } from '../base/index.ts'
import type { OnStep } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import { buildWithBuildah } from './buildah.ts'
import { buildWithBuildx } from './buildx.ts'
import { buildNatively } from './native.ts'
import { adoptLayout } from './prebuilt-layout.ts'
import type { BuildConfig } from './schema.ts'
import { readSource } from './source.ts'
import type { SourceFacts, StatedSource } from './source.ts'

/** One build to do: an application's `build` block, with paths relative to `directory`. */
export interface BuildSpec {
  readonly application: string
  /** Absolute; the folder that holds waybill.yaml. */
  readonly directory: string
  readonly build: BuildConfig
  /** The application's repository as waybill.yaml names it; used when neither the CI nor git knows one. */
  readonly source?: string | undefined
  readonly version?: string | undefined
  readonly stated?: StatedSource | undefined
}

/** What a build needs from outside. */
export interface BuildParts {
  /** Opens the store that a reference is in: `host/path[:tag|@digest]`, or `layout:/absolute/folder`. */
  readonly openStore: (reference: string) => Promise<ImageStore>
  readonly onStep: OnStep
  readonly signal: AbortSignal
  readonly now: Date
  readonly env: NodeJS.ProcessEnv
  /** Waybill's own version, for provenance. */
  readonly version: string
}

/** A base image, as it was when the build used it. */
export interface BaseUsed {
  /** A reference in full, or `layout:FOLDER` as waybill.yaml has it. */
  readonly name: string
  readonly digest: Digest
}

export interface BuiltPlatform {
  readonly platform: string
  readonly digest: Digest
  readonly config: Digest
}

/** What a builder hands back: everything is in the destination already, by digest. */
export interface MadeImage {
  readonly root: StoredManifest
  readonly platforms: readonly BuiltPlatform[]
  readonly bases: readonly BaseUsed[]
}

/** What a builder is given. */
export interface BuildJob {
  readonly spec: BuildSpec
  readonly source: SourceFacts
  readonly destination: ImageStore
  readonly parts: BuildParts
}

export interface BuiltImage extends MadeImage {
  readonly source: SourceFacts
  readonly builder: BuildConfig['builder']
  /** RFC 3339. */
  readonly startedOn: string
  readonly finishedOn: string
}

const BUILDERS: Readonly<Record<BuildConfig['builder'], (job: BuildJob) => Promise<MadeImage>>> = {
  native: buildNatively,
  buildx: buildWithBuildx,
  buildah: buildWithBuildah,
  layout: adoptLayout,
}

/**
 * Builds an image and stores it in `destination` by digest only: no tag, no signature, no provenance.
 * The native builder and the two adapters always give an index, even for one platform, sorted by platform.
 * @throws SOURCE_*, CONTEXT_*, BASE_UNUSABLE, BUILDER_FAILED, BUILD_INVALID, and what stores and programs throw
 */
export async function buildImage(
  spec: BuildSpec,
  destination: ImageStore,
  parts: BuildParts,
): Promise<BuiltImage> {
  const began = performance.now()
  const { builder } = spec.build
  parts.onStep({ kind: 'step', step: 'build', state: 'start', note: `${spec.application} with ${builder}` })
  const source = await readSource(spec, parts)
  const made = await BUILDERS[builder]({ spec, source, destination, parts })
  parts.onStep({ kind: 'step', step: 'build', state: 'done', note: made.root.descriptor.digest })
  return {
    ...made,
    source,
    builder,
    startedOn: timestamp(parts.now),
    finishedOn: timestamp(new Date(parts.now.getTime() + performance.now() - began)),
  }
}
