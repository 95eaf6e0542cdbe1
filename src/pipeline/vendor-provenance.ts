import type { Provenance } from '../attestation/index.ts'
import type { JobIdentity } from '../tools/index.ts'
import type { SourceFacts } from './build-job.ts'

/** What one CI system's build type says of a verified job, before bases and times are added. */
export interface VendorProvenance {
  readonly buildType: string
  readonly externalParameters: Readonly<Record<string, unknown>>
  readonly internalParameters: Readonly<Record<string, unknown>>
  /** The source, as the type writes it. */
  readonly dependency: NonNullable<Provenance['buildDefinition']['resolvedDependencies']>[number]
  readonly builderId: string
  readonly invocationId: string
}

/** undefined = the token lacks facts that the type is made of. */
export type VendorWriter = (source: SourceFacts, identity: JobIdentity) => VendorProvenance | undefined

/** Leaves out what is undefined or empty. */
export function present<T>(given: Readonly<Record<string, T | undefined>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value)) as Record<string, T>
}
