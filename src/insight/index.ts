export type {
  Check,
  Drift,
  EnvironmentStatus,
  EvidenceEntry,
  HistoryAnswer,
  PromotionEntry,
  StatusAnswer,
  TraceAnswer,
  VerifyAnswer,
} from './answers.ts'
export { insightErrors } from './errors.ts'
export { evidenceFiles, listEvidence, showEvidence } from './evidence/examine.ts'
export type { EvidenceSubject } from './evidence/examine.ts'
export type {
  EvidenceAnswer,
  EvidenceExport,
  EvidenceFormat,
  ExportedFile,
  StatementAnswer,
} from './evidence-answer.ts'
export { explainPlan } from './explain/explain-plan.ts'
export type { ExplainParts } from './explain/explain-plan.ts'
export { history } from './history.ts'
export { replay } from './replay/replay.ts'
export type { ReplayQuestion } from './replay/replay.ts'
export type { TriedPolicy } from './replay/facts-then.ts'
export type { ReplayAnswer, ReplayChange, ReplayedGate, ReplayedRecord } from './replay-answer.ts'
export { rescan } from './rescan/rescan.ts'
export type { RescanQuestion } from './rescan/rescan.ts'
export { standingImages } from './rescan/standing-images.ts'
export type { StandingImage, StandingImages } from './rescan/standing-images.ts'
export type { Expiring, NearestDigest, RescanAnswer, RescannedImage, UnreadPlace } from './rescan-answer.ts'
export { status } from './status.ts'
export { trace } from './trace.ts'
export { verify } from './verify.ts'
export type { VerifyOrder } from './verify.ts'
