import { isObject } from '../../base/index.ts'
import type { ReportReader } from '../report-reader.ts'
import { sbomClaim } from './sbom-claim.ts'

/** SPDX JSON, and JSON-LD from 3.0 on. */
export const spdxReader: ReportReader = {
  format: 'spdx',
  about: 'SPDX JSON, 2.2, 2.3 and 3.0',
  recognises: (report) => {
    const document = report.json()
    if (!isObject(document) || 'bomFormat' in document) return false
    return typeof document.spdxVersion === 'string' || isSpdxContext(document['@context'])
  },
  read: (report) => [sbomClaim(report, 'spdx')],
}

// OpenVEX is JSON-LD too, with a context of its own.
function isSpdxContext(context: unknown): boolean {
  const addresses: readonly unknown[] = Array.isArray(context) ? context : [context]
  return addresses.some(
    (address) => typeof address === 'string' && address.startsWith('https://spdx.org/rdf/'),
  )
}
