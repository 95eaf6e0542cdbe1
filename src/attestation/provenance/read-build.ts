import { AZURE_BUILD_TYPE, readAzurePipelines } from './azure.ts'
import { buildDetailsIn } from './build-details.ts'
import type { BuildFacts } from './build-facts.ts'
import { readBuildKit } from './buildkit.ts'
import { ciIdentityIn } from './ci-identity.ts'
import { buildClaim } from './claim.ts'
import { readGitHubGenerator, readGitHubWorkflow } from './github.ts'
import { readGitLab } from './gitlab.ts'
import { flatParameters } from './parameters.ts'
import { readUnknown } from './reading.ts'
import type { Reading } from './reading.ts'
import { branchOf } from './source.ts'
import { readWaybill, WAYBILL_BUILD_TYPE } from './waybill.ts'

/** Published build types and who reads them. A new one is one line here. */
const readings: readonly (readonly [RegExp, Reading])[] = [
  [new RegExp(`^${RegExp.escape(WAYBILL_BUILD_TYPE)}$`), readWaybill],
  [new RegExp(`^${RegExp.escape(AZURE_BUILD_TYPE)}$`), readAzurePipelines],
  [/^https:\/\/actions\.github\.io\/buildtypes\/workflow\/v1$/, readGitHubWorkflow],
  [/^https:\/\/slsa-framework\.github\.io\/github-actions-buildtypes\/workflow\/v1$/, readGitHubWorkflow],
  [
    /^https:\/\/github\.com\/slsa-framework\/slsa-github-generator\/(?:container|generic)@v1$/,
    readGitHubGenerator,
  ],
  [/^https:\/\/gitlab\.com\/gitlab-org\/gitlab-runner\/-\/blob\/[^/]+\/PROVENANCE\.md$/, readGitLab],
  [
    /^https:\/\/docs\.gitlab\.com\/(?:ee\/)?ci\/pipeline_security\/slsa\/(?:level_3\/)?provenance_v1(?:\.html|\/)?$/,
    readGitLab,
  ],
  [/^https:\/\/mobyproject\.org\/buildkit@v1$/, readBuildKit],
  [
    /^https:\/\/github\.com\/moby\/buildkit\/blob\/[^/]+\/docs\/attestations\/slsa-definitions\.md$/,
    readBuildKit,
  ],
]

/** A signed statement's type and predicate, as far as a build is told from it. */
export interface ProvenanceStatement {
  readonly predicateType: string
  readonly predicate: unknown
}

/**
 * The build facts of a provenance predicate, SLSA v1, v0.2 or v0.1. Build types with a published form are read in full;
 * of others only what the SLSA fields say. undefined = it names no commit, or is not of the form its types demand.
 * Facts that are not stated make gates fail, never pass.
 */
export function readBuild({ predicateType, predicate }: ProvenanceStatement): BuildFacts | undefined {
  const claim = buildClaim(predicateType, predicate)
  if (!claim) return undefined
  const [, reading = readUnknown] = readings.find(([type]) => type.test(claim.buildType)) ?? []
  const told = reading(claim)
  const parameters = flatParameters(claim.external)
  const details = buildDetailsIn(predicate)
  if (!told || told.commit === '' || !parameters || details === 'unreadable') return undefined
  const { ref, event } = told
  const identity = ciIdentityIn(predicate)
  const vouched = identity?.verified ? identity : undefined
  return {
    source: told.source,
    commit: told.commit,
    ref,
    branch: ref === undefined ? undefined : branchOf(ref, event),
    event,
    builderId: claim.builderId,
    buildType: claim.buildType,
    author: told.author ?? details?.author?.toLowerCase(),
    actor: told.actor ?? vouched?.claims['actor'],
    dirty: (told.dirty ?? false) || (details?.dirty ?? false),
    isProtected: told.isProtected ?? protectedBy(vouched?.claims['ref_protected']),
    runner: told.runner,
    workflow: told.workflow,
    invocation: claim.invocation,
    finishedOn: claim.finishedOn,
    parameters,
    understood: told.understood,
    isHearsay: told.isHearsay ?? false,
    issuer: vouched?.issuer,
    vouched: vouched?.facts ?? [],
  }
}

function protectedBy(claim: string | undefined): boolean | undefined {
  return claim === undefined ? undefined : claim === 'true'
}
