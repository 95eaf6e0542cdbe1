import { sbomsOf, vulnerabilityScan } from '../../attestation/index.ts'
import type { Evidence, Sbom, VulnerabilityScan } from '../../attestation/index.ts'
import { evidenceOn, imageDetails, kept, resolveImage } from '../../assessment/index.ts'
import { needsOf } from '../../policy/index.ts'
import type { ImageDetails } from '../../policy/index.ts'
import type { Candidate, Parts } from '../../promotion/index.ts'

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
export function sbomsIn({ evidence }: Side): readonly Sbom[] {
  return sbomsOf(evidence).read.map(({ sbom }) => sbom)
}

/** The newest scan by each tool of the same platforms: an older one found what is mended, or missed what is there. */
export function scansIn({ evidence: { valid } }: Side): readonly VulnerabilityScan[] {
  const newest = new Map<string, VulnerabilityScan>()
  for (const { statement } of valid) {
    const scan = vulnerabilityScan(statement)
    // A tree or an advisory is no scan of the image: beside one it would make everything else "fixed".
    if (!scan || scan.scope === 'source' || scan.scope === 'advisory') continue
    const subjects = statement.subject.map(({ digest }) => digest.sha256 ?? '').toSorted()
    const key = JSON.stringify([scan.tool.name, subjects])
    const known = newest.get(key)
    if (!known || dated(scan) > dated(known)) newest.set(key, scan)
  }
  return [...newest.values()]
}

function dated({ finishedOn, databaseOn }: VulnerabilityScan): number {
  return Date.parse(finishedOn ?? databaseOn ?? '') || 0
}
