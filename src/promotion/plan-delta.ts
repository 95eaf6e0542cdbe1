import type { GateResult, Severity } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

/**
 * What a promotion would change against what is in the environment now. A part that could not be told says so in
 * `unknown` and has empty lists; the plan's verdict never rests on any of this.
 */
export interface PlanDelta {
  /** Absent: nothing is there yet, so all of it is new. */
  readonly against?: { readonly digest: Digest; readonly since: string; readonly version?: string }
  readonly commits: CommitDelta
  readonly packages: PackageDelta
  readonly vulnerabilities: VulnerabilityDelta
  readonly image: ImageDelta
  readonly manifests: ManifestDelta
  /** Tags that would name another digest than now. */
  readonly tags: readonly TagMove[]
  /** Every gate that stands in the way. */
  readonly missing: readonly MissingGate[]
  /** Not before this time (RFC 3339). Absent: nothing waits for a time, or a no has to be mended first. */
  readonly earliest?: string
}

export interface CommitDelta {
  readonly unknown?: string
  readonly from?: string
  readonly to?: string
  /** Commits that are new; `listed` may be fewer. */
  readonly count: number
  /** Commits that what runs there has and this image has not: going back, or another branch. */
  readonly lost: number
  /** Newest first. */
  readonly listed: readonly CommitEntry[]
}

export interface CommitEntry {
  readonly commit: string
  readonly author: string
  /** RFC 3339, by the author's clock. */
  readonly on: string
  readonly subject: string
  readonly pullRequests: readonly number[]
}

export interface PackageEntry {
  readonly name: string
  readonly purl?: string
  /** Absent: it was not there. */
  readonly before?: PackageState
  /** Absent: it is gone. */
  readonly after?: PackageState
}

export interface PackageState {
  readonly version?: string
  readonly licences: readonly string[]
}

export interface PackageDelta {
  readonly unknown?: string
  readonly counts: { readonly added: number; readonly removed: number; readonly changed: number }
  readonly added: readonly PackageEntry[]
  readonly removed: readonly PackageEntry[]
  readonly changed: readonly PackageEntry[]
}

export interface VulnerabilityEntry {
  readonly id: string
  readonly severity: Severity
  readonly package?: string
  readonly version?: string
  readonly fixedIn: readonly string[]
}

export interface VulnerabilityDelta {
  readonly unknown?: string
  readonly counts: { readonly introduced: number; readonly fixed: number; readonly kept: number }
  readonly introduced: readonly VulnerabilityEntry[]
  readonly fixed: readonly VulnerabilityEntry[]
  readonly kept: readonly VulnerabilityEntry[]
  /** How far the comparison carries: scans of another age or by another tool. */
  readonly notes: readonly string[]
}

export interface ImageDelta {
  readonly unknown?: string
  readonly platforms: readonly PlatformDelta[]
}

export interface PlatformDelta {
  readonly platform: string
  readonly change: 'added' | 'removed' | 'changed' | 'same'
  /** Layers as they travel, bytes. */
  readonly sizeBefore?: number
  readonly sizeAfter?: number
  readonly changes: readonly ImageChange[]
}

export interface ImageChange {
  /** `user`, `entrypoint`, `command`, `ports`, `variables`, `base image`, `label <name>`. */
  readonly what: string
  /** Absent: it was not set. */
  readonly before?: string
  readonly after?: string
}

export interface ManifestDelta {
  readonly unknown?: string
  readonly files: readonly FileDelta[]
}

export interface FileDelta {
  /** `kustomize`, `helm`, `manifests`… */
  readonly target: string
  readonly path: string
  /** Unified diff. */
  readonly diff: string
}

export interface TagMove {
  readonly tag: string
  readonly mobility: 'immutable' | 'floating'
  /** What it names now; absent: the tag is new. */
  readonly before?: Digest
}

export interface MissingGate {
  readonly gate: string
  readonly result: GateResult
  /** The command that would mend it, where that is known. */
  readonly command?: string
  readonly earliest?: string
}
