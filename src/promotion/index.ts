export { approve } from './approve.ts'
export { attachOnce } from './attach-statement.ts'
export type { AttachOrder, AttachedStatement } from './attach-statement.ts'
export { attest } from './attest.ts'
export { signBreakGlass } from './break-glass.ts'
export { attestReports } from './attest-reports.ts'
export type { ReadClaim, ReadReports } from './attest-reports.ts'
export type {
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
  ReportFiles,
  SonarReport,
} from './commands.ts'
export { promotionErrors } from './errors.ts'
export { holdAll } from './hold.ts'
export type { CopyCounts, DeliveryReceipt, Outcome } from './outcome.ts'
export { pass } from './pass.ts'
export { plan, promote } from './promote.ts'
export { release } from './release.ts'
export { repair, repairAnswer } from './repair.ts'
export { chainPlace, deliverOptions } from './road.ts'
export type { FactClass, Parts, Stop } from './road.ts'
export { findTarget, rollback } from './rollback.ts'
export type { RollbackTarget } from './rollback.ts'
export { isVersionOrdered } from './tags.ts'
export type { TrainAnswer, TrainItem, TrainOrder } from './train-answer.ts'
export type { TrainParts } from './train/parts.ts'
export { runTrain } from './train/run-train.ts'
export { waive } from './waive.ts'
export { revoke, waivers } from './waivers.ts'
