import type { ReportFacts } from '../../attestation/index.ts'
import { predicateTypes, readVex, REPORT, vexDocument, vexDigests } from '../../attestation/index.ts'
import { isObject, printableLine } from '../../base/index.ts'
import type { ReportReader } from '../report-reader.ts'
import { readJsonReport } from './report-json.ts'

/** An OpenVEX document: what is said of vulnerabilities in products. It is signed as it is. */
export const openvexReader: ReportReader = {
  format: 'openvex',
  about: 'OpenVEX',
  recognises: (report) => {
    const root = report.json()
    return (
      isObject(root) &&
      typeof root['@context'] === 'string' &&
      /^https:\/\/openvex\.dev\/ns/.test(root['@context'])
    )
  },
  read: (report, hints) => {
    const {
      author,
      timestamp,
      last_updated: updated,
      tooling,
    } = readJsonReport(report, vexDocument, 'OpenVEX')
    const document = report.json() as Readonly<Record<string, unknown>>
    const statements = readVex(document) ?? []
    const counts: Record<string, number> = {}
    for (const { status } of statements) counts[status] = (counts[status] ?? 0) + 1
    const told: ReportFacts = {
      kind: 'vex',
      tool: {
        name: (tooling || author).slice(0, 400),
        ...(hints.toolVersion && { version: hints.toolVersion }),
      },
      format: 'openvex',
      digest: report.digest,
      finishedOn: updated ?? timestamp,
      counts,
    }
    const parts = Object.entries(counts).map(([status, number]) => `${number} ${status.replaceAll('_', ' ')}`)
    return [
      {
        format: 'openvex',
        kind: 'vex',
        predicateType: predicateTypes.vex,
        predicate: { ...document, [REPORT]: told },
        about: vexDigests(statements),
        summary: `${printableLine(author, 80)} says: ${parts.join(', ')}`,
      },
    ]
  },
}
