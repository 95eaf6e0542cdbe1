import { attestedOn } from '../../attestation/index.ts'
import type { Evidence, VerifiedStatement } from '../../attestation/index.ts'
import type { ChainRecord } from '../../assessment/index.ts'
import type { Digest } from '../../oci/index.ts'
import { barredNow } from '../../policy/index.ts'
import type { Facts, Occupancy } from '../../policy/index.ts'

/** A promotion's moment. */
export interface Moment {
  readonly at: Date
  /** Payloads and referrer manifests that records signed by then name: these were there. */
  readonly named: ReadonlySet<Digest>
  /** The promotion's own record, which says nothing about itself. */
  readonly own: Digest
}

/** When a statement came, as far as can be told. */
type Age = 'then' | 'later' | 'undated'

/** The moment of a record of a chain. `chain` is newest first. */
export function momentOf(record: ChainRecord, chain: readonly ChainRecord[]): Moment {
  const by = chain.filter(({ digest, sequence }) => digest === record.digest && sequence <= record.sequence)
  const named = by.flatMap(({ predicate }) => [
    ...predicate.gates.flatMap((gate) => gate.evidence),
    ...predicate.approvals,
    ...predicate.carried,
  ])
  return { at: new Date(record.predicate.finishedOn), named: new Set(named), own: record.payload }
}

/**
 * Did a statement exist at the moment? In this order: a record signed by then names it, or its referrer; else the time
 * a log or timestamp authority proves; else when it says that it was signed. Without any of these nobody can tell.
 */
export function ageOf(given: VerifiedStatement, { at, named }: Moment): Age {
  if (named.has(given.payload) || named.has(given.origin.manifest)) return 'then'
  const time = given.provenOn ?? attestedOn(given.statement)
  if (time === undefined) return 'undated'
  return Date.parse(time) <= at.getTime() ? 'then' : 'later'
}

/** Facts as they were; `undated` says whether what nobody can date is let in. */
export function factsAsOf(facts: Facts, moment: Moment, undated: boolean): Facts {
  const keep = (given: VerifiedStatement) => {
    const age = ageOf(given, moment)
    return given.payload !== moment.own && (age === 'then' || (undated && age === 'undated'))
  }
  const then = (evidence: Evidence): Evidence => ({ ...evidence, valid: evidence.valid.filter(keep) })
  const { target, application, environment } = facts
  const standing = facts.standing.filter(keep)
  return {
    ...facts,
    evidence: then(facts.evidence),
    target: target && { ...target, evidence: then(target.evidence) },
    standing,
    quarantined: barredNow(facts.barredByRecords, { application, environment, standing }),
    upstream: facts.upstream.map((place) => ({
      ...place,
      occupancy: occupancyAsOf(place.occupancy, moment.at),
    })),
  }
}

/** Who was there by then; whoever left later was still there. */
function occupancyAsOf(occupancy: readonly Occupancy[], at: Date): readonly Occupancy[] {
  const isPast = (time: string) => Date.parse(time) <= at.getTime()
  return occupancy
    .filter(({ since }) => isPast(since))
    .map((stay) => (stay.until === undefined || isPast(stay.until) ? stay : { ...stay, until: undefined }))
}
