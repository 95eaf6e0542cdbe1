import type { Digest } from '../oci/index.ts'
import type { RecordedGate, RecordLink, Vouched } from '../attestation/index.ts'

export type DriftPlace = 'record' | 'tag' | 'git'

export interface Drift {
  readonly place: DriftPlace
  /** `tag dev`, `kustomize environments/dev/ordersvc`… */
  readonly what: string
  readonly found: string
  readonly expected: string
}

export interface EnvironmentStatus {
  readonly environment: string
  readonly repository: string
  /** Absent: nothing has been promoted there yet. */
  readonly digest?: Digest
  readonly tags: readonly string[]
  readonly version?: string
  readonly sequence?: number
  readonly since?: string
  readonly kind?: 'promote' | 'rollback' | 'break-glass'
  readonly passed: boolean
  readonly drift: readonly Drift[]
  /** The digest that passed upstream, is not here yet and is not barred. */
  readonly candidate?: Digest
  /** Nothing is promoted here until it is released. */
  readonly hold?: {
    readonly by: string
    readonly since: string
    readonly until?: string
    readonly reason: string
    readonly payload: Digest
  }
  /** Digests that may not come in here. */
  readonly quarantined?: readonly { readonly digest: Digest; readonly by: string; readonly reason?: string }[]
  /** Where a rollback would go now; absent when there is nowhere. */
  readonly rollback?: { readonly digest: Digest; readonly ready: boolean; readonly reason: string }
  /**
   * Something could not be read or did not verify. Without a digest it is the chain, and nothing here is to be
   * trusted; with one it is git, and only its drift is not known.
   */
  readonly problem?: { readonly code: string; readonly message: string }
}

export interface StatusAnswer {
  readonly kind: 'status'
  readonly applications: readonly {
    readonly application: string
    readonly environments: readonly EnvironmentStatus[]
  }[]
}

/** One verified promotion record, as history and trace show it. */
export interface PromotionEntry {
  readonly application: string
  readonly environment: string
  readonly kind: 'promote' | 'rollback' | 'break-glass'
  readonly sequence: number
  readonly digest: Digest
  readonly record: Digest
  readonly payload: Digest
  readonly previous?: RecordLink
  readonly from: string
  readonly repository: string
  readonly tags: readonly string[]
  readonly version?: string
  readonly commit?: string
  readonly gates: readonly RecordedGate[]
  readonly approvals: readonly Digest[]
  /** Of break-glass: payload digests of the statements that allowed it. */
  readonly breakGlass?: readonly Digest[]
  readonly policyDigest: Digest
  readonly requestedBy?: string
  readonly promoter: string
  /** Signer id in the trust policy. */
  readonly signer: string
  readonly finishedOn: string
  readonly reason?: string
  /** True for the environment's newest record. */
  readonly current: boolean
}

export interface HistoryAnswer {
  readonly kind: 'history'
  readonly application: string
  readonly environment: string
  readonly repository: string
  /** Newest first. */
  readonly promotions: readonly PromotionEntry[]
}

export interface EvidenceEntry {
  readonly predicateType: string
  /** Short name of the predicate type. */
  readonly name: string
  readonly payload: Digest
  readonly manifest: Digest
  readonly signer: string
  /** One line: `unit: PASSED, 12 tests`. */
  readonly summary: string
  readonly state: 'valid' | 'invalid' | 'foreign'
  /** Why it does not count, as a code. */
  readonly code?: string
  /** When it was made, by its signer's own account. */
  readonly at?: string
  /** The earliest time at which a timestamp authority or log proves that it existed. */
  readonly provenOn?: string
  /** `trivy 0.60.0` */
  readonly tool?: string
  /** When what the tool looked things up in was made. */
  readonly databaseOn?: string
}

export interface TraceAnswer {
  readonly kind: 'trace'
  /** What was asked, as typed. */
  readonly query: string
  /** The index (or single manifest) digest everything hangs on. */
  readonly digest: Digest
  readonly match: 'index' | 'platform' | 'config'
  readonly application: string
  readonly commit?: string
  readonly source?: string
  readonly version?: string
  readonly build?: {
    readonly builder: string
    readonly event?: string
    readonly branch?: string
    readonly author?: string
    readonly invocation?: string
    readonly finishedOn?: string
    readonly signer: string
    readonly payload: Digest
    /** Who vouches for which of these facts. */
    readonly identity: Vouched
  }
  readonly platforms: readonly {
    readonly platform: string
    readonly manifest: Digest
    readonly config: Digest
  }[]
  readonly evidence: readonly EvidenceEntry[]
  readonly approvals: readonly {
    readonly environment: string
    readonly approver: string
    readonly reason?: string
    readonly at: string
    readonly payload: Digest
  }[]
  readonly promotions: readonly PromotionEntry[]
  /** Environments whose newest record is this digest. */
  readonly running: readonly {
    readonly environment: string
    readonly since: string
    readonly repository: string
  }[]
}

/** One thing `verify` checked. */
export interface Check {
  readonly what: string
  readonly result: 'pass' | 'fail' | 'error' | 'note'
  readonly code?: string
  readonly reason: string
  readonly evidence: readonly Digest[]
}

export interface VerifyAnswer {
  readonly kind: 'verification'
  readonly reference: string
  readonly digest: Digest
  readonly result: 'pass' | 'fail' | 'error'
  readonly checks: readonly Check[]
  readonly evidence: readonly EvidenceEntry[]
  readonly promotions: readonly PromotionEntry[]
}
