export { approval } from './approval.ts'
export type { Approval } from './approval.ts'
export { claimedOn } from './claimed-on.ts'
export { attestationErrors } from './errors.ts'
export { latestMark, makePassMark, passLevel, passMark, passVerifierId } from './pass-mark.ts'
export type { PassMark, PassMarkFacts } from './pass-mark.ts'
export { predicateName, predicateTypes, predicateUri } from './predicate-types.ts'
export type { PredicateName } from './predicate-types.ts'
export { gateResults, promotionRecord } from './promotion.ts'
export type { GateResult, PromotionRecord, RecordedGate, RecordLink } from './promotion.ts'
export {
  buildFacts,
  provenance,
  sameSource,
  WAYBILL_BUILD_TYPE,
  waybillBuildParameters,
} from './provenance.ts'
export type { BuildFacts, Provenance } from './provenance.ts'
export { IN_TOTO_PAYLOAD, isAbout, makeStatement, parseStatement, readPredicate } from './statement.ts'
export type { Statement } from './statement.ts'
export { REPORT, reportFacts, reportIn, reportKinds, severities } from './report.ts'
export type { Finding, ReportFacts, ReportKind, Severity } from './report.ts'
export type { Sbom, SbomComponent } from './sbom.ts'
export { testResult } from './test-result.ts'
export type { TestResult } from './test-result.ts'
export { statementsOf } from './verified.ts'
export type { Evidence, Signer, StatementOrigin, UnusableStatement, VerifiedStatement } from './verified.ts'
export type { Vulnerability, VulnerabilityScan } from './vulnerability-scan.ts'
export { waiver } from './waiver.ts'
export type { Waiver } from './waiver.ts'
