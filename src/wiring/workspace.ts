import type { OnStep, Clock } from '../base/index.ts'
import type { HistoryAnswer, StatusAnswer, TraceAnswer, VerifyAnswer } from '../insight/answers.ts'
import type {
  EvidenceAnswer,
  EvidenceExport,
  EvidenceFormat,
  StatementAnswer,
} from '../insight/evidence-answer.ts'
import type { ReplayAnswer } from '../insight/replay-answer.ts'
import type { RescanAnswer } from '../insight/rescan-answer.ts'
import type { CheckCommand, CheckOutcome } from '../pipeline/check-outcome.ts'
import type { ScanCommand, ScanOutcome } from '../pipeline/scan-outcome.ts'
import type { BuildCommand, BuildOutcome } from '../pipeline/outcome.ts'
import type {
  ApproveCommand,
  AttachedFact,
  AttachedFacts,
  AttestCommand,
  AttestReportsCommand,
  BreakGlassCommand,
  HoldAnswer,
  HoldCommand,
  PassCommand,
  PromoteCommand,
  ReleaseCommand,
  RepairAnswer,
  RepairCommand,
  RevokeCommand,
  RollbackCommand,
  WaiveCommand,
  WaiversAnswer,
  WaiversQuestion,
} from '../promotion/commands.ts'
import type { Outcome } from '../promotion/outcome.ts'
import type { CleanAnswer, CleanCommand } from '../retention/clean-answer.ts'

export interface WorkspaceOptions {
  /** Path of waybill.yaml, relative to `cwd`. */
  readonly configFile: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly onStep: OnStep
  readonly signal: AbortSignal
  readonly clock: Clock
}

export interface EvidenceExportOrder {
  /** Folder, relative to `cwd`; made when missing. */
  readonly to: string
  readonly format: EvidenceFormat
  /** Predicate type: a short name or a URI. Default: all. */
  readonly type?: string | undefined
}

/** What may be asked about one image's evidence. */
export interface EvidenceQuestions {
  list(): Promise<EvidenceAnswer>
  /** `begin`: the beginning of a payload's or manifest's digest. */
  show(begin: string): Promise<StatementAnswer>
  export(order: EvidenceExportOrder): Promise<EvidenceExport>
}

export interface ReplayOrder {
  /** Path of the waybill.yaml that is tried, relative to `cwd`. */
  readonly policy: string
  /** `90d`, or a day or time. */
  readonly since: string
  readonly application?: string
  readonly environment?: string
}

export interface RescanOrder {
  readonly application?: string
  readonly environment?: string
  /** Report files to sign and attach first. */
  readonly reports?: readonly string[]
  /** Command line of a scanner with `{reference}`, `{output}` and `{platform}` in it. */
  readonly scan?: string
  /** Scanners that look at every platform. */
  readonly with?: readonly ('trivy' | 'grype')[]
  /** Duration. Default 14d. */
  readonly warnWithin?: string
  readonly dryRun?: boolean
}

export interface PlanOptions {
  /** Compare with what is there now. Default true; it costs a few requests for what is there. */
  readonly delta?: boolean
  /** Ask the application's source repository for commits that no checkout at hand has. Default false. */
  readonly fetchCommits?: boolean
}

/** A branch or tag that says which version and commit is meant; `ci` for that of the CI job. */
export interface NamedRef {
  readonly ref?: string
}

/** A release, by its version or by a branch or tag that names it. */
export type ReleaseOrder = Omit<ReleaseCommand, 'version'> & NamedRef & { readonly version?: string }

/** Everything Waybill can do with one configuration. Doors (cli, server) call this and nothing below it. */
export interface Workspace {
  plan(command: PromoteCommand & NamedRef, options?: PlanOptions): Promise<Outcome>
  promote(command: PromoteCommand & NamedRef): Promise<Outcome>
  release(command: ReleaseOrder): Promise<Outcome>
  rollback(command: RollbackCommand): Promise<Outcome>
  pass(command: PassCommand): Promise<AttachedFact>
  approve(command: ApproveCommand): Promise<AttachedFact>
  /** `application` absent: every application. */
  hold(command: HoldCommand & { readonly application?: string }): Promise<HoldAnswer>
  waive(command: WaiveCommand): Promise<AttachedFact>
  revoke(command: RevokeCommand): Promise<AttachedFact>
  waivers(question: WaiversQuestion): Promise<WaiversAnswer>
  breakGlass(command: BreakGlassCommand): Promise<AttachedFact>
  attest(command: AttestCommand): Promise<AttachedFact>
  attestReports(command: AttestReportsCommand): Promise<AttachedFacts>
  check(command: CheckCommand): Promise<CheckOutcome>
  test(command: CheckCommand): Promise<CheckOutcome>
  build(command: BuildCommand): Promise<BuildOutcome>
  scan(command: ScanCommand): Promise<ScanOutcome>
  clean(command: CleanCommand): Promise<CleanAnswer>
  repair(command: RepairCommand): Promise<RepairAnswer>
  status(question: { readonly application?: string }): Promise<StatusAnswer>
  history(question: { readonly application: string; readonly environment: string }): Promise<HistoryAnswer>
  trace(question: { readonly query: string; readonly application?: string }): Promise<TraceAnswer>
  verify(question: { readonly reference: string; readonly application?: string }): Promise<VerifyAnswer>
  evidence(question: {
    readonly reference: string
    readonly application?: string
  }): Promise<EvidenceQuestions>
  rescan(order: RescanOrder): Promise<RescanAnswer>
  replay(order: ReplayOrder): Promise<ReplayAnswer>
  close(): Promise<void>
}
