import type * as z from 'zod'
import { BUILD_DETAILS, CI_IDENTITY, WAYBILL_BUILD_TYPE } from '../attestation/index.ts'
import type { BuildDetails, CiIdentity, Provenance, waybillBuildParameters } from '../attestation/index.ts'
import { hexOf } from '../oci/index.ts'
import type { CiFacts } from '../tools/index.ts'
import type { BaseUsed, BuiltImage, SourceFacts } from './build-job.ts'
import { identityOf } from './identity-field.ts'
import { azureProvenance } from './provenance-azure.ts'
import { githubProvenance } from './provenance-github.ts'
import { gitlabProvenance } from './provenance-gitlab.ts'
import type { VendorProvenance, VendorWriter } from './vendor-provenance.ts'

const LOCAL_BUILDER = 'https://waybill.dev/builders/local'

/** Provenance as Waybill writes it: SLSA's predicate and its own extension fields. */
export type WrittenProvenance = Provenance & {
  readonly [CI_IDENTITY]: CiIdentity
  readonly [BUILD_DETAILS]?: BuildDetails
}

/** Of verified jobs. What is only claimed goes into Waybill's own type, never into a vendor's. */
const VENDORS: Readonly<Partial<Record<CiFacts['system'], VendorWriter>>> = {
  'azure-devops': azureProvenance,
  github: githubProvenance,
  gitlab: gitlabProvenance,
}

/**
 * The SLSA provenance of a build: of the CI system's build type when its token vouches for the facts, else of
 * WAYBILL_BUILD_TYPE (docs/reference/build-type.md).
 * @param version Waybill's version
 */
export function buildProvenance(built: BuiltImage, version: string): WrittenProvenance {
  const { source } = built
  const { identity } = source
  const vendor = identity && VENDORS[identity.system]?.(source, identity)
  const { dependency, builderId, invocationId, ...definition } = vendor ?? ownProvenance(built)
  return {
    buildDefinition: {
      ...definition,
      resolvedDependencies: [dependency, ...built.bases.map(baseDependency)],
    },
    runDetails: {
      builder: { id: builderId, ...(!vendor && { version: { waybill: version } }) },
      metadata: {
        ...(invocationId && { invocationId }),
        startedOn: built.startedOn,
        finishedOn: built.finishedOn,
      },
    },
    [CI_IDENTITY]: identityOf(source),
    ...(vendor && { [BUILD_DETAILS]: detailsOf(built, version) }),
  }
}

type OwnProvenance = Omit<VendorProvenance, 'internalParameters' | 'invocationId'> & {
  readonly invocationId: string | undefined
}

function ownProvenance(built: BuiltImage): OwnProvenance {
  const { source } = built
  return {
    buildType: WAYBILL_BUILD_TYPE,
    externalParameters: parameters(built),
    dependency: gitDependency(source),
    builderId: source.builderId ?? LOCAL_BUILDER,
    invocationId: source.invocation,
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

function detailsOf({ source, builder, platforms }: BuiltImage, version: string): BuildDetails {
  return {
    builder,
    platforms: platforms.map(({ platform }) => platform),
    dirty: source.dirty,
    ...(source.pullRequest && { pullRequest: source.pullRequest }),
    ...(source.author && { author: source.author }),
    waybill: version,
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
