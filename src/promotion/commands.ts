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
  /**
   * Hex digits, 7 or more: take the image of this commit, unless `image` names one. Either must be of this commit by
   * its verified provenance.
   */
  readonly commit?: string
  /** `1.4.0`: fills `{version}` in tags. Default: the image's version annotation. */
  readonly version?: string
  readonly reason?: string
  /** Who asked, for the record; a claim. */
  readonly requestedBy?: string
  /** Let it in although gates stop it, if people have signed that it may be forced. */
  readonly breakGlass?: boolean
  /** The change ticket that covers it, for gates that ask about it. */
  readonly ticket?: string
  /** Stop before the first write. */
  readonly dryRun?: boolean
}

export interface ReleaseCommand {
  readonly application: string
  readonly version: string
  /** As in PromoteCommand: the candidate must be of this commit. */
  readonly commit?: string
  /** The environment to release to. Default: the only one whose tags have `{version}` without `-rc`. */
  readonly to?: string
  readonly reason?: string
  readonly requestedBy?: string
  readonly ticket?: string
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

export interface HoldCommand {
  readonly environment: string
  /** `clear` says that nobody holds it, for gates that do not take silence for an answer. */
  readonly word: 'hold' | 'release' | 'clear' | 'quarantine' | 'admit'
  readonly reason: string
  /** Of `hold`: a duration such as `24h`, or a time. Default: until it is released. */
  readonly until?: string
  /** Of `quarantine` and `admit`: a digest, or a tag or reference that names one. */
  readonly image?: string
  readonly key: string
  readonly dryRun?: boolean
}

/** One application of a `hold`. */
export interface HoldPlace {
  readonly application: string
  readonly outcome: 'written' | 'already' | 'planned' | 'error'
  readonly repository?: string
  readonly state?: 'held' | 'released' | 'clear'
  /** Signed payload. */
  readonly payload?: Digest
  readonly signer?: string
  /** One line for people. */
  readonly summary: string
}

export interface HoldAnswer {
  readonly kind: 'hold'
  readonly environment: string
  readonly outcome: HoldPlace['outcome']
  readonly places: readonly HoldPlace[]
}

export interface BreakGlassCommand {
  readonly application: string
  readonly environment: string
  readonly image: string
  readonly reason: string
  readonly ticket?: string
  /** Duration or time; default: as long as the environment lets it count. */
  readonly validFor?: string
  readonly key: string
  readonly dryRun?: boolean
}

export interface WaiveCommand {
  readonly application: string
  readonly environment: string
  /** Gate kind. */
  readonly gate: string
  /** Default: the whole gate. */
  readonly findings?: readonly string[]
  readonly packages?: readonly string[]
  readonly reason: string
  readonly ticket?: string
  /** Duration such as `30d`, or a time. */
  readonly validFor: string
  /** Default: the candidate from upstream. */
  readonly image?: string
  /** For every digest, instead of one. */
  readonly everyImage?: boolean
  /** Of the whole gate: also when it could not tell. */
  readonly evenOnError?: boolean
  readonly key: string
  readonly dryRun?: boolean
}

/** Ends a waiver before its time. */
export interface RevokeCommand {
  readonly application: string
  readonly environment: string
  /** Payload digest of the waiver, or its first digits. */
  readonly waiver: string
  readonly image?: string
  readonly reason: string
  readonly key: string
  readonly dryRun?: boolean
}

export interface WaiversQuestion {
  readonly application: string
  readonly environment: string
  /** Default: what the environment holds, and the candidate from upstream. */
  readonly image?: string
}

export interface WaiverEntry {
  readonly gate: string
  /** Absent: the whole gate. */
  readonly findings?: readonly string[]
  readonly packages?: readonly string[]
  /** Absent: every image. */
  readonly digest?: Digest
  readonly state: 'in force' | 'does not count'
  /** Why it does not count. */
  readonly why?: string
  readonly by: string
  readonly reason: string
  readonly ticket?: string
  readonly createdOn: string
  readonly notAfter: string
  readonly evenOnError?: boolean
  readonly payload: Digest
}

export interface WaiversAnswer {
  readonly kind: 'waivers'
  readonly application: string
  readonly environment: string
  /** `host/path` of the environment's repository. */
  readonly repository: string
  /** Those in force first, then by their end. */
  readonly waivers: readonly WaiverEntry[]
}

/** A signed fact that now hangs on a digest, or is listed among the standing orders of a place. */
export interface AttachedFact {
  readonly kind: 'approval' | 'pass' | 'attestation' | 'waiver' | 'break-glass'
  readonly outcome: 'attached' | 'already' | 'planned' | 'failed'
  readonly application: string
  readonly environment?: string
  readonly repository: string
  /** What the statement is about; of a place: the digest of its name. */
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
