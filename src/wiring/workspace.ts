import type { OnStep, Clock } from '../base/index.ts'
import type { HistoryAnswer, StatusAnswer, TraceAnswer, VerifyAnswer } from '../insight/answers.ts'
import type { BuildCommand, BuildOutcome } from '../pipeline/outcome.ts'
import type {
  ApproveCommand,
  AttachedFact,
  AttachedFacts,
  AttestCommand,
  BreakGlassCommand,
  HoldAnswer,
  HoldCommand,
  AttestReportsCommand,
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

export interface WorkspaceOptions {
  /** Path of waybill.yaml, relative to `cwd`. */
  readonly configFile: string
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly onStep: OnStep
  readonly signal: AbortSignal
  readonly clock: Clock
}

/** Everything Waybill can do with one configuration. Doors (cli, server) call this and nothing below it. */
export interface Workspace {
  plan(command: PromoteCommand): Promise<Outcome>
  promote(command: PromoteCommand): Promise<Outcome>
  release(command: ReleaseCommand): Promise<Outcome>
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
  build(command: BuildCommand): Promise<BuildOutcome>
  repair(command: RepairCommand): Promise<RepairAnswer>
  status(question: { readonly application?: string }): Promise<StatusAnswer>
  history(question: { readonly application: string; readonly environment: string }): Promise<HistoryAnswer>
  trace(question: { readonly query: string; readonly application?: string }): Promise<TraceAnswer>
  verify(question: { readonly reference: string; readonly application?: string }): Promise<VerifyAnswer>
  close(): Promise<void>
}
