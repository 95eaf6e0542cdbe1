import * as z from 'zod'
import { predicateTypes } from './predicate-types.ts'
import type { Statement } from './statement.ts'
import { trivyReport, trivyScan } from './trivy-result.ts'
import type { VulnerabilityScan } from './vulnerability-scan.ts'
import { readVulns } from './vulns-predicate.ts'

/** The first version of the standard predicate; written by nobody any more, read for what lies in registries. */
export const VULNS_V01 = 'https://in-toto.io/attestation/vulns/v0.1'

/** Predicate types that tell of a vulnerability scan. */
export const scanTypes: readonly string[] = [
  predicateTypes.vulnerabilities,
  VULNS_V01,
  predicateTypes['cosign-vulnerabilities'],
]

// cosign's COSIGN_VULN_ATTESTATION_SPEC: `result` is whatever the scanner writes.
const cosignVuln = z.object({
  scanner: z.object({
    version: z.string().optional(),
    db: z.object({ lastUpdate: z.string().optional() }).optional(),
    result: trivyReport,
  }),
  metadata: z.object({ scanFinishedOn: z.string().optional() }).optional(),
})

/** What a signed statement says a scanner found. undefined = it is of another type, or nobody can read it. */
export function vulnerabilityScan({ predicateType, predicate }: Statement): VulnerabilityScan | undefined {
  if (predicateType === predicateTypes['cosign-vulnerabilities']) return readCosignVuln(predicate)
  return scanTypes.includes(predicateType) ? readVulns(predicate) : undefined
}

function readCosignVuln(predicate: unknown): VulnerabilityScan | undefined {
  const read = cosignVuln.safeParse(predicate)
  if (!read.success) return undefined
  const { scanner, metadata } = read.data
  const scan = trivyScan(scanner.result)
  return (
    scan && {
      ...scan,
      tool: { name: scan.tool.name, version: scan.tool.version ?? scanner.version },
      databaseOn: scanner.db?.lastUpdate,
      finishedOn: metadata?.scanFinishedOn ?? scan.finishedOn,
    }
  )
}
