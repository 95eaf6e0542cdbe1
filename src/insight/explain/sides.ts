import { isFailure } from '../../base/index.ts'
import { predicateTypes } from '../../attestation/index.ts'
import type { Evidence, Sbom, Statement, VulnerabilityScan } from '../../attestation/index.ts'
import { evidenceOn, imageDetails, kept, resolveImage } from '../../assessment/index.ts'
import { needsOf } from '../../policy/index.ts'
import type { ImageDetails } from '../../policy/index.ts'
import type { Candidate, Parts } from '../../promotion/index.ts'

/** Readers of what statements say; undefined = the statement is of another kind or cannot be read. */
export interface StatementReaders {
  readonly sbomOf: (statement: Statement) => Sbom | undefined
  readonly scanOf: (statement: Statement) => VulnerabilityScan | undefined
}

/** One image as the comparison needs it. */
export interface Side {
  readonly evidence: Evidence
  readonly details: readonly ImageDetails[]
}

/** The candidate's side: what the gates had read already is not read again. */
export async function candidateSide({ facts, image, evidence }: Candidate): Promise<Side> {
  return {
    evidence: evidence ?? { valid: [], unusable: [] },
    details: facts?.image.details ?? (await imageDetails(image)),
  }
}

/** The side of what is in the environment now, by what it says, wherever that is kept; undefined when nothing is. */
export async function presentSide({ facts, head, stop }: Candidate, parts: Parts): Promise<Side | undefined> {
  if (!head) return undefined
  const store = parts.store(stop.repository)
  const known = needsOf(stop.gates).target
  const [evidence, details] = await Promise.all([
    known.evidence && facts?.target
      ? facts.target.evidence
      : evidenceOn(store, head.digest, parts.trust, parts.clock.now(), kept),
    facts?.target?.details ?? resolveImage(store, head.digest, kept).then(imageDetails),
  ])
  return { evidence, details }
}

/** Every SBOM of an image. */
export function sbomsOf({ evidence }: Side, { sbomOf }: StatementReaders): readonly Sbom[] {
  return read(evidence, [predicateTypes.cyclonedx, predicateTypes.spdx], sbomOf).map(({ said }) => said)
}

/** The newest scan by each tool of the same platforms: an older one found what is mended, or missed what is there. */
export function scansOf({ evidence }: Side, { scanOf }: StatementReaders): readonly VulnerabilityScan[] {
  const types = [predicateTypes.vulnerabilities, predicateTypes['cosign-vulnerabilities']]
  const newest = new Map<string, VulnerabilityScan>()
  for (const { statement, said } of read(evidence, types, scanOf)) {
    const subjects = statement.subject.map(({ digest }) => digest.sha256 ?? '').toSorted()
    const key = JSON.stringify([said.tool.name, subjects])
    const known = newest.get(key)
    if (!known || dated(said) > dated(known)) newest.set(key, said)
  }
  return [...newest.values()]
}

function dated({ finishedOn, databaseOn }: VulnerabilityScan): number {
  return Date.parse(finishedOn ?? databaseOn ?? '') || 0
}

function read<T>(
  { valid }: Evidence,
  types: readonly string[],
  reader: (statement: Statement) => T | undefined,
) {
  return valid
    .filter(({ predicateType }) => types.includes(predicateType))
    .flatMap(({ statement }) => {
      const said = readable(() => reader(statement))
      return said === undefined ? [] : [{ statement, said }]
    })
}

// A plan is shown whatever a statement holds; the gates are who refuse what cannot be read.
function readable<T>(reading: () => T | undefined): T | undefined {
  try {
    return reading()
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}
