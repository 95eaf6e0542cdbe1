import * as z from 'zod'
import { fail, isObject } from '../../base/index.ts'
import { trivyReport, trivyScan } from '../../attestation/index.ts'
import type { TrivyReport } from '../../attestation/index.ts'
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
  read: (report, hints) => claims(report, hints, readJsonReport(report, trivyReport, 'Trivy JSON')),
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
    return claims(report, hints, told)
  },
}

function isTrivy(root: unknown): boolean {
  return (
    isObject(root) &&
    typeof root.SchemaVersion === 'number' &&
    ['ArtifactName', 'ArtifactType', 'Results', 'Trivy'].some((key) => Object.hasOwn(root, key))
  )
}

function claims(report: RawReport, hints: ReportHints, told: TrivyReport): readonly ReportClaim[] {
  const scan = trivyScan(told)
  const format = 'trivy'
  const all = [
    ...(scan ? [vulnerabilityClaim({ report, format, uri: URI }, scan, hints)] : []),
    ...trivyFindingClaims(report, told, hints),
  ]
  if (all.length > 0) return all
  throw fail(toolsErrors.REPORT_EMPTY, {
    message: `Found a Trivy report of ${told.ArtifactType ?? 'an unknown artifact'} without any result, expected at least one; it does not say that anything was looked at.`,
    where: report.where,
  })
}
