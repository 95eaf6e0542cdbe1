import { fail, limits } from '../../base/index.ts'
import { predicateTypes, readSbom } from '../../attestation/index.ts'
import type { Sbom } from '../../attestation/index.ts'
import { isDigest } from '../../oci/index.ts'
import { toolsErrors } from '../errors.ts'
import type { RawReport, ReportClaim } from '../report-reader.ts'

/**
 * An SBOM document → a claim with the document itself as predicate, unchanged: its schema allows no field of ours.
 * The type is the plain one, which is what cosign's short names compare with.
 * @throws REPORT_INVALID, REPORT_EMPTY, REPORT_TOO_LARGE
 */
export function sbomClaim(report: RawReport, format: Sbom['format']): ReportClaim {
  const document = report.json()
  const sbom = readSbom(document)
  if (typeof sbom === 'string' || sbom.format !== format)
    throw fail(toolsErrors.REPORT_INVALID, {
      message: `The document ${typeof sbom === 'string' ? sbom : `is ${sbom.format}, expected ${format}`}.`,
      where: report.where,
    })
  const { components, tools, specVersion } = sbom
  if (components.length === 0)
    throw fail(toolsErrors.REPORT_EMPTY, {
      message: 'Found an SBOM without any component, expected at least one.',
      where: report.where,
    })
  checkSize(document, report.where)
  const by = tools[0] === undefined ? '' : ` by ${tools[0]}`
  return {
    format,
    kind: 'sbom',
    predicateType: predicateTypes[format],
    predicate: document as Readonly<Record<string, unknown>>,
    about: sbom.about.filter(isDigest),
    // Syft names the index it was given in CycloneDX, whatever platform of it it looked into.
    onePlatform: true,
    summary: `${NAMES[format]} ${specVersion} SBOM of ${components.length} ${components.length === 1 ? 'component' : 'components'}${by}`,
  }
}

const NAMES = { cyclonedx: 'CycloneDX', spdx: 'SPDX' } as const

// Admission controllers refuse a bundle layer above 10 MB, and base64 adds a third.
function checkSize(document: unknown, where: string): void {
  const size = Buffer.byteLength(JSON.stringify(document))
  if (size <= limits.sbomBytes) return
  throw fail(toolsErrors.REPORT_TOO_LARGE, {
    message: `Found an SBOM of ${size} bytes, expected at most ${limits.sbomBytes} to be signed as a whole.`,
    where,
  })
}
