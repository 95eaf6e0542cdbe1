import type * as z from 'zod'
import { WAYBILL_BUILD_TYPE } from '../attestation/index.ts'
import type { Provenance, waybillBuildParameters } from '../attestation/index.ts'
import { hexOf } from '../oci/index.ts'
import type { BaseUsed, BuiltImage } from './build-job.ts'
import type { SourceFacts } from './build-job.ts'

const LOCAL_BUILDER = 'https://waybill.dev/builders/local'

/**
 * The SLSA provenance of a build, of type WAYBILL_BUILD_TYPE (docs/reference/build-type.md).
 * @param version Waybill's version
 */
export function buildProvenance(built: BuiltImage, version: string): Provenance {
  const { source } = built
  return {
    buildDefinition: {
      buildType: WAYBILL_BUILD_TYPE,
      externalParameters: parameters(built),
      resolvedDependencies: [gitDependency(source), ...built.bases.map(baseDependency)],
    },
    runDetails: {
      builder: { id: source.builderId ?? LOCAL_BUILDER, version: { waybill: version } },
      metadata: {
        ...(source.invocation && { invocationId: source.invocation }),
        startedOn: built.startedOn,
        finishedOn: built.finishedOn,
      },
    },
  }
}

function parameters(built: BuiltImage): z.infer<typeof waybillBuildParameters> {
  const { source } = built
  return {
    source: source.url,
    ref: source.ref,
    event: source.event,
    ...(source.pullRequest && { pullRequest: source.pullRequest }),
    builder: built.builder,
    platforms: built.platforms.map(({ platform }) => platform),
    dirty: source.dirty,
  }
}

function gitDependency(source: SourceFacts) {
  const ref = source.ref === 'HEAD' ? '' : `@${source.ref}`
  return {
    uri: `git+${source.url}${ref}`,
    digest: { gitCommit: source.commit },
    ...(source.author && { annotations: { author: source.author } }),
  }
}

function baseDependency(base: BaseUsed) {
  const uri = base.name.startsWith('layout:') ? base.name : `oci://${base.name}`
  return { name: 'base', uri, digest: { sha256: hexOf(base.digest) } }
}
