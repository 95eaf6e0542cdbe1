import * as z from 'zod'
import { fail, isObject, printableLine } from '../../base/index.ts'
import { trivyReport, trivyScan } from '../../attestation/index.ts'
import type { TrivyReport, VulnerabilityScan } from '../../attestation/index.ts'
import { toolsErrors } from '../errors.ts'
import type { RawReport, ReportClaim, ReportHints, ReportReader } from '../report-reader.ts'
import { readJsonReport } from './report-json.ts'
import { trivyFindingClaims } from './trivy-findings.ts'
import { vulnerabilityClaim } from './vulnerability-claim.ts'

const URI = 'pkg:github/aquasecurity/trivy'

/** `trivy image|fs|config|sbom … --format json`. */
export const trivyReader: ReportReader = {
  format: 'trivy',
  about: 'Trivy JSON (image, fs, config, sbom)',
  recognises: (report) => isTrivy(report.json()),
  read: (report, hints) => {
    const told = readJsonReport(report, trivyReport, 'Trivy JSON')
    return claims(report, hints, told, provenScan(told, hints))
  },
}

// `trivy … --format cosign-vuln`: the same report inside cosign's predicate, which states the version.
const wrapped = z.object({
  scanner: z.object({ version: z.string().optional(), result: trivyReport }),
  metadata: z.object({ scanFinishedOn: z.string().optional() }).optional(),
})

/** `trivy … --format cosign-vuln`. It becomes the standard predicate, as every other scan does. */
export const trivyCosignReader: ReportReader = {
  format: 'trivy-cosign-vuln',
  about: 'Trivy cosign-vuln (trivy --format cosign-vuln)',
  recognises: (report) => {
    const root = report.json()
    return isObject(root) && isObject(root.scanner) && isTrivy(root.scanner.result)
  },
  read: (report, hints) => {
    const { scanner, metadata } = readJsonReport(report, wrapped, 'what Trivy writes as cosign-vuln')
    const { result } = scanner
    const told = {
      ...result,
      Trivy: { Version: result.Trivy?.Version ?? scanner.version },
      CreatedAt: result.CreatedAt ?? metadata?.scanFinishedOn,
    }
    return claims(report, hints, told, trivyScan(told))
  },
}

function isTrivy(root: unknown): boolean {
  return (
    isObject(root) &&
    typeof root.SchemaVersion === 'number' &&
    ['ArtifactName', 'ArtifactType', 'Results', 'Trivy'].some((key) => Object.hasOwn(root, key))
  )
}

/**
 * Packages without a vulnerability look the same when Trivy was not asked for vulnerabilities (`--scanners secret`). Then
 * somebody must say with which database it looked.
 */
function provenScan(
  told: TrivyReport,
  { databaseOn, lookedFor }: ReportHints,
): VulnerabilityScan | undefined {
  const wasAsked = lookedFor?.includes('vulnerabilities') ?? false
  const scan = trivyScan(told) ?? (wasAsked ? emptyScan(told) : undefined)
  const isProven = scan && (scan.vulnerabilities.length > 0 || (scan.suppressed ?? 0) > 0 || scan.endOfLife)
  return isProven || wasAsked || databaseOn !== undefined ? scan : undefined
}

/** Without any package Trivy writes nothing at all: that it looked must not be hidden by what else it found. */
function emptyScan(told: TrivyReport): VulnerabilityScan {
  const ofImage = trivyScan({ ...told, Results: [] })
  return (
    ofImage ?? {
      tool: { name: 'trivy', version: told.Trivy?.Version },
      databaseOn: undefined,
      finishedOn: told.CreatedAt,
      vulnerabilities: [],
      endOfLife: false,
      scope: 'source',
      suppressed: 0,
    }
  )
}

function claims(
  report: RawReport,
  hints: ReportHints,
  told: TrivyReport,
  scan: VulnerabilityScan | undefined,
): readonly ReportClaim[] {
  const format = 'trivy'
  const all = [
    ...(scan ? [vulnerabilityClaim({ report, format, uri: URI }, scan, hints)] : []),
    ...trivyFindingClaims(report, told, hints),
  ]
  if (all.length > 0) return all
  throw fail(toolsErrors.REPORT_EMPTY, {
    message: `Found a Trivy report of ${printableLine(told.ArtifactType ?? 'an unknown artifact', 40)} without any finding; it does not say that anything was looked at.`,
    where: report.where,
    next: 'If Trivy looked for vulnerabilities and found none: have it write --format cosign-vuln, or give --database-date.',
  })
}
