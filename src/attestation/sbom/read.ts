import { isObject } from '../../base/index.ts'
import { predicateTypes } from '../predicate-types.ts'
import { reference } from '../reference.ts'
import type { Sbom } from '../sbom.ts'
import type { Statement } from '../statement.ts'
import type { Evidence, VerifiedStatement } from '../verified.ts'
import { readCycloneDx } from './cyclonedx.ts'
import { readSpdx2 } from './spdx-2.ts'
import { readSpdx3 } from './spdx-3.ts'

/** A CycloneDX or SPDX JSON document. Returns the flaw as a sentence part (`has no …`), or the SBOM. */
export function readSbom(document: unknown): Sbom | string {
  if (!isObject(document)) return 'is no JSON object'
  if ('bomFormat' in document) return readCycloneDx(document)
  if ('@graph' in document) return readSpdx3(document)
  if ('spdxVersion' in document) return readSpdx2(document)
  return 'is neither a CycloneDX nor an SPDX document'
}

/** The SBOM in a statement; undefined when it holds none, or one that cannot be read. */
export function sbomOf(statement: Statement): Sbom | undefined {
  if (!known.has(statement)) known.set(statement, readStatement(statement))
  return known.get(statement)
}

// Several gates ask this of the same statements, and a document may have 20,000 components.
const known = new WeakMap<Statement, Sbom | undefined>()

function readStatement({ predicateType, predicate }: Statement): Sbom | undefined {
  const family = familyOf(predicateType)
  const sbom = family && readSbom(predicate)
  if (!sbom || typeof sbom === 'string' || sbom.format !== family.format) return undefined
  // `…/v2.3` over a document of another version contradicts itself.
  const { version } = family
  const agrees = version === undefined || `${sbom.specVersion}.`.startsWith(`${version}.`)
  return agrees ? sbom : undefined
}

/** True for `https://cyclonedx.org/bom`, `https://spdx.dev/Document` and their versioned forms (`…/v2.3`). */
export function isSbomType(predicateType: string): boolean {
  return familyOf(predicateType) !== undefined
}

// cosign and Waybill write the plain type, GitHub the versioned one.
function familyOf(predicateType: string) {
  for (const format of ['cyclonedx', 'spdx'] as const) {
    const base = predicateTypes[format]
    if (predicateType === base) return { format, version: undefined }
    const [, version] = /^\/v(\d+(?:\.\d+){0,2})$/.exec(predicateType.slice(base.length)) ?? []
    if (version !== undefined && predicateType.startsWith(base)) return { format, version }
  }
  return undefined
}

/** Every SBOM in an image's evidence, and what stands for one without being readable. */
export interface Sboms {
  readonly read: readonly (VerifiedStatement & { readonly sbom: Sbom })[]
  /** Of an SBOM's type, yet of no form or version that is understood. */
  readonly unreadable: readonly VerifiedStatement[]
  /** They say where an SBOM is kept; nobody has read it. */
  readonly byReference: readonly VerifiedStatement[]
}

export function sbomsOf(evidence: Evidence): Sboms {
  const typed = evidence.valid.filter(({ predicateType }) => isSbomType(predicateType))
  const told = typed.map((given) => ({ given, sbom: sbomOf(given.statement) }))
  return {
    read: told.flatMap(({ given, sbom }) => (sbom ? [{ ...given, sbom }] : [])),
    unreadable: told.flatMap(({ given, sbom }) => (sbom ? [] : [given])),
    byReference: evidence.valid.filter(isSbomReference),
  }
}

const SBOM_MEDIA_TYPE = /^(?:application\/vnd\.cyclonedx\+|application\/spdx\+|text\/spdx\b)/i

function isSbomReference({ predicateType, statement }: VerifiedStatement): boolean {
  if (predicateType !== predicateTypes.reference) return false
  const read = reference.safeParse(statement.predicate).data
  return read?.references.some(({ mediaType }) => SBOM_MEDIA_TYPE.test(mediaType ?? '')) ?? false
}
