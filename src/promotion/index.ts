export { approve } from './approve.ts'
export { attachOnce } from './attach-statement.ts'
export type { AttachOrder } from './attach-order.ts'
export type { AttachedStatement } from './attach-statement.ts'
export { attest, factOf } from './attest.ts'
export { attachClaims, attestReports } from './attest-reports.ts'
export type { ReadClaim, ReadReports } from './attest-reports.ts'
export { signBreakGlass } from './break-glass.ts'
export type {
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
  ReportFiles,
  RevokeCommand,
  RollbackCommand,
  SonarReport,
  WaiveCommand,
  WaiversAnswer,
  WaiversQuestion,
} from './commands.ts'
export { rehearseDelivery } from './deliver-image.ts'
export type { DeliveryPreview } from './deliver-image.ts'
export { promotionErrors } from './errors.ts'
export { holdAll } from './hold.ts'
export type { CopyCounts, DeliveryReceipt, Outcome } from './outcome.ts'
export { pass } from './pass.ts'
export type {
  CommitDelta,
  CommitEntry,
  FileDelta,
  ImageChange,
  ImageDelta,
  ManifestDelta,
  MissingGate,
  PackageDelta,
  PackageEntry,
  PackageState,
  PlanDelta,
  PlatformDelta,
  TagMove,
  VulnerabilityDelta,
  VulnerabilityEntry,
} from './plan-delta.ts'
export { hasArrived, planPromotion } from './plan-promotion.ts'
export { foresee, promote } from './promote.ts'
export { recordAhead } from './record-ahead.ts'
export { release } from './release.ts'
export { repair, repairAnswer } from './repair.ts'
export { chainPlace, deliverOptions } from './road.ts'
export type { FactClass, Parts, Stop } from './road.ts'
export { findTarget, rollback } from './rollback.ts'
export type { RollbackTarget } from './rollback.ts'
export type { Candidate } from './steps.ts'
export { isVersionOrdered } from './tags.ts'
export type { TrainAnswer, TrainItem, TrainOrder } from './train-answer.ts'
export type { TrainParts } from './train/parts.ts'
export { runTrain } from './train/run-train.ts'
export { waive } from './waive.ts'
export { revoke, waivers } from './waivers.ts'
