import type { Finding, ReportFacts, ReportKind, TrivyReport } from '../../attestation/index.ts'
import {
  bySeverity,
  platformOf,
  predicateTypes,
  REPORT,
  severityOfWord,
  suppressedIn,
  trivySubjects,
} from '../../attestation/index.ts'
import { limits, printableLine } from '../../base/index.ts'
import { hexOf } from '../../oci/index.ts'
import { hinted } from '../findings-claim.ts'
import type { RawReport, ReportClaim, ReportHints } from '../report-reader.ts'

type Result = NonNullable<TrivyReport['Results']>[number]
type Raw = Readonly<Record<string, unknown>>

/** One of the other things that Trivy looks for. */
interface Sort {
  readonly kind: ReportKind
  /** As `ExperimentalModifiedFindings` calls it. */
  readonly type: string
  /** Classes of results that show that it looked. */
  readonly classes: readonly string[]
  readonly findings: (result: Result) => readonly Finding[]
  /** Checks that were made and found nothing, where Trivy counts them. */
  readonly passed: (result: Result) => number
}

const SORTS: readonly Sort[] = [
  {
    kind: 'secrets',
    type: 'secret',
    classes: ['secret'],
    // `Match` is left out: Trivy masks the secret in it, and what surrounds it is nobody's business.
    findings: (result) =>
      (result.Secrets ?? []).map((one) => finding(one, text(one.RuleID), one.Title, at(result, one))),
    passed: () => 0,
  },
  {
    kind: 'misconfiguration',
    type: 'misconfiguration',
    classes: ['config'],
    findings: (result) =>
      (result.Misconfigurations ?? [])
        .filter((one) => one.Status !== 'PASS')
        .map((one) =>
          finding(
            one,
            checkId(text(one.ID) ?? text(one.AVDID)),
            one.Title,
            at(result, one.CauseMetadata as Raw),
          ),
        ),
    passed: (result) => result.MisconfSummary?.Successes ?? 0,
  },
  {
    kind: 'licences',
    type: 'license',
    classes: ['license', 'license-file'],
    findings: (result) =>
      (result.Licenses ?? []).map((one) =>
        finding(
          one,
          text(one.Name),
          `${text(one.Category) ?? 'unknown'} licence`,
          text(one.PkgName) || text(one.FilePath),
        ),
      ),
    passed: () => 0,
  },
]

/** Secrets, misconfigurations and licences of a Trivy report: one claim for each kind it holds results of. */
export function trivyFindingClaims(
  report: RawReport,
  told: TrivyReport,
  hints: ReportHints,
): readonly ReportClaim[] {
  return SORTS.flatMap((sort) => {
    const results = (told.Results ?? []).filter(
      (one) => sort.classes.includes(one.Class ?? '') || sort.findings(one).length > 0,
    )
    const isLooked = results.length > 0 || hints.lookedFor?.includes(sort.kind)
    return isLooked ? [claimOf(sort, results, report, told, hints)] : []
  })
}

function claimOf(
  { kind, type, findings, passed }: Sort,
  results: readonly Result[],
  report: RawReport,
  told: TrivyReport,
  hints: ReportHints,
): ReportClaim {
  const all = results.flatMap(findings).map((one) => hinted(one, hints))
  const found = all
    .filter(({ suppressed }) => suppressed === undefined)
    .toSorted((a, b) => bySeverity(a.severity, b.severity))
  const aside = all.filter(({ suppressed }) => suppressed !== undefined)
  const good = results.reduce((sum, one) => sum + passed(one), 0)
  const platform = platformOf(told)
  const version = told.Trivy?.Version ?? hints.toolVersion
  const finishedOn = told.CreatedAt ?? hints.finishedOn
  const facts: ReportFacts = {
    kind,
    tool: { name: 'trivy', ...(version && { version }) },
    format: 'trivy',
    digest: report.digest,
    ...(finishedOn && { finishedOn }),
    ...(platform && { platform }),
    counts: { passed: good, failed: found.length, suppressed: suppressedIn(told, type) + aside.length },
    findings: [...found, ...aside].slice(0, limits.findingsPerReport),
    ...(all.length > limits.findingsPerReport && { findingsInAll: all.length }),
  }
  const result = found.length > 0 ? 'FAILED' : 'PASSED'
  return {
    format: 'trivy',
    kind,
    predicateType: predicateTypes['test-result'],
    predicate: {
      result,
      configuration: [{ name: hints.suite ?? kind, digest: { sha256: hexOf(report.digest) } }],
      failedTests: [...new Set(found.map(({ id }) => id))].slice(0, 500),
      [REPORT]: facts,
    },
    about: trivySubjects(told),
    ...(platform ? { platform } : isImage(told) && { onePlatform: true }),
    summary: `trivy found ${found.length === 0 ? 'nothing' : String(found.length)} (${kind})`,
  }
}

// Trivy looks at one platform of an index, and an image without a configuration does not say which.
const isImage = ({ ArtifactType }: TrivyReport) => ArtifactType === 'container_image'

function finding(raw: Raw, id: string | undefined, title: unknown, location: string | undefined): Finding {
  const told = text(title)
  return {
    id: (id ?? 'unnamed').slice(0, 400),
    severity: severityOfWord(text(raw.Severity) ?? '') ?? 'unknown',
    ...(told && { title: printableLine(told) }),
    ...(location && { location: printableLine(location) }),
  }
}

function at({ Target }: Result, place: Raw | undefined): string | undefined {
  const line = place?.StartLine
  return Target && typeof line === 'number' && line > 0 ? `${Target}:${line}` : Target
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `DS002` and `AVD-DS-0002` are older spellings of `DS-0002`. */
function checkId(id: string | undefined): string | undefined {
  return id
    ?.replace(/^AVD-/, '')
    .replace(
      /^([A-Z]+)(\d{3,4})$/,
      (_, letters: string, digits: string) => `${letters}-${digits.padStart(4, '0')}`,
    )
}
