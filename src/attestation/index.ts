export { approval } from './approval.ts'
export type { Approval } from './approval.ts'
export { attestedOn, claimedOn } from './claimed-on.ts'
export { breakGlass } from './break-glass.ts'
export type { BreakGlass } from './break-glass.ts'
export { attestationErrors } from './errors.ts'
export { hold } from './hold.ts'
export type { Hold } from './hold.ts'
export { latestMark, makePassMark, passLevel, passMark, passVerifierId } from './pass-mark.ts'
export type { PassMark, PassMarkFacts } from './pass-mark.ts'
export { makePlaceStatement, placeDigest } from './place.ts'
export type { PlaceNames } from './place.ts'
export { predicateName, predicateTypes, predicateUri } from './predicate-types.ts'
export type { PredicateName } from './predicate-types.ts'
export { gateResults, promotionRecord } from './promotion.ts'
export type { BarredDigest, GateResult, PromotionRecord, RecordedGate, RecordLink } from './promotion.ts'
export {
  AZURE_BUILD_TYPE,
  BUILD_DETAILS,
  buildDetails,
  buildDetailsIn,
  buildFacts,
  CI_IDENTITY,
  ciIdentity,
  provenance,
  provenanceTypes,
  readBuild,
  sameSource,
  speaksFor,
  vouchedBy,
  WAYBILL_BUILD_TYPE,
  waybillBuildParameters,
} from './provenance.ts'
export type {
  BuildDetails,
  BuildEvent,
  BuildFacts,
  CiIdentity,
  Provenance,
  Vouched,
  VouchedFact,
} from './provenance.ts'
export { barredAfter } from './quarantine.ts'
export {
  IN_TOTO_PAYLOAD,
  isAbout,
  makeCommitStatement,
  makeStatement,
  parseStatement,
  readPredicate,
} from './statement.ts'
export type { GitCommit, Statement } from './statement.ts'
export { REPORT, reportFacts, reportIn, severities } from './report.ts'
export type { Finding, ReportFacts, ReportKind, ScanScope, Severity } from './report.ts'
export type { Sbom, SbomComponent } from './sbom.ts'
export { compareSboms } from './sbom/compare.ts'
export type { SbomComparison } from './sbom/compare.ts'
export { identityOf, isPackage } from './sbom/identity.ts'
export { isSbomType, readSbom, sbomOf, sbomsOf } from './sbom/read.ts'
export type { Sboms } from './sbom/read.ts'
export { testResult } from './test-result.ts'
export type { TestResult } from './test-result.ts'
export { statementsOf } from './verified.ts'
export type { Evidence, Signer, StatementOrigin, UnusableStatement, VerifiedStatement } from './verified.ts'
export { compareScans, oneOf } from './compare-scans.ts'
export type { ScanDifference } from './compare-scans.ts'
export { purlCovers, readPurl } from './purl.ts'
export type { Purl } from './purl.ts'
export { scanTypes, vulnerabilityScan } from './read-scan.ts'
export { greatest, mergeVulnerabilities } from './same-vulnerability.ts'
export type { KnownVulnerability } from './same-vulnerability.ts'
export { bySeverity, rateSeverity, severityOfWord } from './severity.ts'
export { platformOf, suppressedIn, trivyReport, trivyScan, trivySubjects } from './trivy-result.ts'
export type { TrivyReport } from './trivy-result.ts'
export { isVexType, readVex, vexDigests, vexDocument, vexSpeaksOf } from './vex.ts'
export type { VexDocument } from './vex.ts'
export type { VexStatement, VexSubject } from './vex.ts'
export { fixOf } from './vulnerability-scan.ts'
export type { Vulnerability, VulnerabilityScan } from './vulnerability-scan.ts'
export { VULNERABILITY, vulnsPredicate } from './vulns-predicate.ts'
export { waiver } from './waiver.ts'
export type { Waiver } from './waiver.ts'
