import { timestamp } from '../base/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { BuildJob, BuildParts, BuildSpec, BuiltImage, MadeImage } from './build-job.ts'
import { buildWithBuildah } from './buildah.ts'
import { buildWithBuildx } from './buildx.ts'
import { imageAnnotations } from './image-annotations.ts'
import { buildWithJib } from './jib.ts'
import { buildWithKaniko } from './kaniko.ts'
import { buildWithKo } from './ko.ts'
import { buildNatively } from './native.ts'
import { adoptLayout } from './prebuilt-layout.ts'
import type { BuildConfig } from './schema.ts'
import { readSource } from './source.ts'
import { warnOfBakedIn } from './baked-in/warn.ts'

const BUILDERS: Readonly<Record<BuildConfig['builder'], (job: BuildJob) => Promise<MadeImage>>> = {
  native: buildNatively,
  buildx: buildWithBuildx,
  buildah: buildWithBuildah,
  kaniko: buildWithKaniko,
  ko: buildWithKo,
  jib: buildWithJib,
  layout: adoptLayout,
}

/**
 * Builds an image and stores it in `destination` by digest only: no tag, no signature, no provenance.
 * All builders but `layout` give an index, even for one platform, sorted by platform.
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
  const annotations = await imageAnnotations(spec, source)
  const made = await BUILDERS[builder]({ spec, source, annotations, destination, parts })
  await warnOfBakedIn(made, { spec, destination, parts })
  parts.onStep({ kind: 'step', step: 'build', state: 'done', note: made.root.descriptor.digest })
  const { root, platforms, bases } = made
  return {
    root,
    platforms,
    bases,
    source,
    builder,
    startedOn: timestamp(parts.now),
    finishedOn: timestamp(new Date(parts.now.getTime() + performance.now() - began)),
  }
}
