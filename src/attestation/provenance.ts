import { predicateTypes } from './predicate-types.ts'
import type { BuildFacts } from './provenance/build-facts.ts'
import type { Provenance } from './provenance/claim.ts'
import { readBuild } from './provenance/read-build.ts'

export { AZURE_BUILD_TYPE } from './provenance/azure.ts'
export { BUILD_DETAILS, buildDetails, buildDetailsIn } from './provenance/build-details.ts'
export type { BuildDetails } from './provenance/build-details.ts'
export type { BuildEvent, BuildFacts } from './provenance/build-facts.ts'
export { CI_IDENTITY, ciIdentity, speaksFor, vouchedBy } from './provenance/ci-identity.ts'
export type { CiIdentity, Vouched, VouchedFact } from './provenance/ci-identity.ts'
export { provenance, provenanceTypes } from './provenance/claim.ts'
export type { Provenance } from './provenance/claim.ts'
export { readBuild } from './provenance/read-build.ts'
export { sameSource } from './provenance/source.ts'
export { WAYBILL_BUILD_TYPE, waybillBuildParameters } from './provenance/waybill.ts'

/** The build facts of a provenance v1 predicate that has been read; see `readBuild`. */
export function buildFacts(given: Provenance): BuildFacts | undefined {
  return readBuild({ predicateType: predicateTypes.provenance, predicate: given })
}
