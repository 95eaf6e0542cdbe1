import { fail, isObject, parseJson } from '../../base/index.ts'
import { hexOf } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { toolsErrors } from '../errors.ts'
import { RawReport, readerFor } from '../report-reader.ts'
import type { ReportClaim } from '../report-reader.ts'
import { readers } from '../readers.ts'

/**
 * The list of packages in an unsigned in-toto statement that a builder left beside an image (BuildKit, "attestation
 * storage"). Anybody could have written it there, so it must at least name the platform it lies beside.
 * @param manifest the platform's
 * @throws TOOL_MISTAKEN when it is about another digest, REPORT_*
 */
export function builderSbom(statement: Uint8Array, manifest: Digest, where: string): readonly ReportClaim[] {
  const json = parseJson(statement, where)
  const subjects = isObject(json) && Array.isArray(json.subject) ? json.subject.filter(isObject) : []
  const named = subjects.map(({ digest }) => (isObject(digest) ? digest.sha256 : undefined))
  if (!isObject(json) || named.length === 0 || named.some((hex) => hex !== hexOf(manifest)))
    throw fail(toolsErrors.TOOL_MISTAKEN, {
      message: `The builder's own list is about ${named.length === 0 ? 'no image that it names' : 'another image'}, expected ${manifest}.`,
      where,
    })
  const report = new RawReport(Buffer.from(JSON.stringify(json.predicate ?? null)), where)
  const claims = readerFor(report, readers, undefined).read(report, {})
  return claims.map((claim) => ({ ...claim, about: [manifest] }))
}
