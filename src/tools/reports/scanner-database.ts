import * as z from 'zod'
import type { RawReport, ReportHints } from '../report-reader.ts'

// `trivy version -f json` and `grype db status -o json`.
const trivy = z.object({ Version: z.string(), VulnerabilityDB: z.object({ UpdatedAt: z.string() }) })
const grype = z.object({ built: z.string(), valid: z.literal(true) })

/**
 * What a scanner says of itself beside its report: its version and the age of its database, as hints for the reader.
 * Trivy's report holds neither of them in older versions and never the second. undefined = neither tool wrote this.
 */
export function scannerHints(report: RawReport): ReportHints | undefined {
  const own = trivy.safeParse(report.json())
  if (own.success) return { toolVersion: own.data.Version, databaseOn: own.data.VulnerabilityDB.UpdatedAt }
  const status = grype.safeParse(report.json())
  return status.success ? { databaseOn: status.data.built } : undefined
}
