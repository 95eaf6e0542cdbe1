import { isObject } from '../../base/index.ts'
import type { ReportReader } from '../report-reader.ts'
import { sbomClaim } from './sbom-claim.ts'

/** CycloneDX JSON. */
export const cycloneDxReader: ReportReader = {
  format: 'cyclonedx',
  about: 'CycloneDX JSON, 1.3 to 1.7',
  recognises: (report) => {
    const document = report.json()
    return isObject(document) && document.bomFormat === 'CycloneDX'
  },
  read: (report) => [sbomClaim(report, 'cyclonedx')],
}
