import type { BuildFacts, Evidence } from '../attestation/index.ts'
import type { Digest, Platform } from '../oci/index.ts'

/** One stretch of time in which a digest was an environment's newest record. Dates as RFC 3339. */
export interface Occupancy {
  readonly digest: Digest
  readonly since: string
  /** undefined = still there. */
  readonly until: string | undefined
  readonly sequence: number
  /** The record's payload digest. */
  readonly record: Digest
}

export interface UpstreamFacts {
  readonly environment: string
  /** `host/path` of its repository: its pass marks must name it (`resourceUri`), so no other place's mark counts. */
  readonly repository: string
  /** From its verified record chain, oldest first. */
  readonly occupancy: readonly Occupancy[]
}

/** Everything a decision may rest on. Values only: policy reaches no file, network or clock. */
export interface Facts {
  readonly now: Date
  readonly application: string
  readonly environment: string
  /** The application's repository as config states it. */
  readonly source: string | undefined
  readonly image: {
    readonly digest: Digest
    readonly mediaType: string
    readonly platforms: readonly Platform[]
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly evidence: Evidence
  /** From verified provenance only. */
  readonly build: BuildFacts | undefined
  readonly upstream: readonly UpstreamFacts[]
  /** sha256 over this environment's gates and the trust policy; approvals are bound to it. */
  readonly policyDigest: Digest
}
