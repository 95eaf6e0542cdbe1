import type { RepairReport } from '../registry/index.ts'
import type { Digest } from '../oci/index.ts'

/** What a person or CI asks of the road. Image texts are references, `layout:DIR`, tags or digests; see docs. */
export interface PromoteCommand {
  readonly application: string
  readonly to: string
  /** Which image: a reference, or a tag or digest in the source repository. Default: what is in `from`. */
  readonly image?: string
  /** Upstream environment to take it from, when `after` names several. */
  readonly from?: string
  /** `1.4.0`: fills `{version}` in tags. Default: the image's version annotation. */
  readonly version?: string
  readonly reason?: string
  /** Who asked, for the record; a claim. */
  readonly requestedBy?: string
  /** Stop before the first write. */
  readonly dryRun?: boolean
}

export interface ReleaseCommand {
  readonly application: string
  readonly version: string
  /** The environment to release to. Default: the only one whose tags have `{version}` without `-rc`. */
  readonly to?: string
  readonly reason?: string
  readonly requestedBy?: string
  readonly dryRun?: boolean
}

export interface RollbackCommand {
  readonly application: string
  readonly environment: string
  /** Default: the newest earlier digest that passed. */
  readonly to?: string
  readonly reason?: string
  readonly requestedBy?: string
  readonly dryRun?: boolean
}

export interface PassCommand {
  readonly application: string
  readonly environment: string
  /** Default: what is there now. */
  readonly image?: string
  /** Writes FAILED instead of running the prove commands. */
  readonly failed?: boolean
  readonly dryRun?: boolean
}

export interface ApproveCommand {
  readonly application: string
  readonly environment: string
  /** Default: the candidate from upstream. */
  readonly image?: string
  readonly decision: 'approve' | 'reject'
  readonly reason?: string
  readonly ticket?: string
  /** Duration such as `7d` after which the approval no longer counts. */
  readonly validFor?: string
  /** Key reference of the approver: `env://NAME` or a file. */
  readonly key: string
  readonly dryRun?: boolean
}

export interface AttestCommand {
  readonly application: string
  readonly image: string
  /** Where the image is looked up when `image` is a bare tag or digest. Default: the first environment. */
  readonly environment?: string
  readonly claim:
    | { readonly kind: 'predicate'; readonly type: string; readonly file: string }
    | { readonly kind: 'signature' }
  /** Key reference. Default: `sign.signature` or `sign.<type>` of the configuration. */
  readonly key?: string
  readonly dryRun?: boolean
}

export interface AttestReportsCommand {
  readonly application: string
  readonly image: string
  /** Where the image is looked up when `image` is a bare tag or digest. Default: the first environment. */
  readonly environment?: string
  readonly reports: ReportFiles | SonarReport
  /** `linux/arm64`, for reports of one platform that do not say which. */
  readonly platform?: string
  /** Key reference. Default: `sign.tests` for test results, else `sign.<type>`. */
  readonly key?: string
  readonly dryRun?: boolean
}

/** Reports in files: names, or patterns with `*`. */
export interface ReportFiles {
  readonly kind: 'files'
  readonly files: readonly string[]
  /** Default: what the bytes are recognised as. */
  readonly format?: string
  /** Name of the suite or scan. Default: what kind of report it is. */
  readonly suite?: string
  readonly toolVersion?: string
  /** RFC 3339: when the scanner's database was made. */
  readonly databaseOn?: string
}

/** An analysis that a SonarQube server is asked about. */
export interface SonarReport {
  readonly kind: 'sonar'
  /** The scanner's report-task.txt. */
  readonly file: string
  /** Address of the server; the only one that sees the token. */
  readonly url: string
  /** `env://NAME`. Default: `env://SONAR_TOKEN`, which may be unset. */
  readonly token?: string
}

/** What was signed, report by report. */
export interface AttachedFacts {
  readonly kind: 'attestations'
  readonly application: string
  readonly repository: string
  readonly digest: Digest
  readonly attestations: readonly AttachedFact[]
}

/** A signed fact that now hangs on a digest. */
export interface AttachedFact {
  readonly kind: 'approval' | 'pass' | 'attestation'
  readonly outcome: 'attached' | 'already' | 'planned' | 'failed'
  readonly application: string
  readonly environment?: string
  readonly repository: string
  readonly digest: Digest
  readonly predicateType: string
  /** Signed payload and the referrer manifest; absent when planned. */
  readonly payload?: Digest
  readonly manifest?: Digest
  readonly signer?: string
  /** The one platform it is about, when the image has others. */
  readonly platform?: string
  /** What would be signed, and about which digests; only when planned. */
  readonly subjects?: readonly Digest[]
  readonly predicate?: Readonly<Record<string, unknown>>
  /** One line for people. */
  readonly summary: string
}

export interface RepairCommand {
  readonly application: string
  /** Default: all of them. */
  readonly environment?: string
  readonly dryRun?: boolean
}

/** What was found and mended, image by image. */
export interface RepairAnswer {
  readonly kind: 'repair'
  readonly outcome: 'whole' | 'repaired' | 'broken'
  readonly images: readonly (RepairReport & { readonly environment?: string })[]
}
