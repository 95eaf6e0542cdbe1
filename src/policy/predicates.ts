import type * as z from 'zod'
import type { Evidence, Signer, VerifiedStatement } from '../attestation/index.ts'
import { predicateTypes, statementsOf } from '../attestation/index.ts'
import type { PredicateName } from '../attestation/index.ts'
import { printableLine } from '../base/index.ts'
import { count } from './judgement.ts'

/** A verified statement with its predicate read through the type's schema. */
export interface Fact<T> extends Pick<VerifiedStatement, 'payload' | 'signer' | 'provenOn' | 'statement'> {
  readonly predicate: T
}

export interface Facts<T> {
  readonly read: readonly Fact<T>[]
  /** Signed by someone who may say this, yet not of the form the type demands: nobody can tell what it says. */
  readonly unreadable: readonly VerifiedStatement[]
}

/** All verified statements of one type. Unreadable ones are kept, so that a gate can refuse to guess. */
export function factsOf<T>(evidence: Evidence, name: PredicateName, schema: z.ZodType<T>): Facts<T> {
  return readFacts(statementsOf(evidence, predicateTypes[name]), schema)
}

/** These statements, read through one schema. */
export function readFacts<T>(statements: readonly VerifiedStatement[], schema: z.ZodType<T>): Facts<T> {
  const read: Fact<T>[] = []
  const unreadable: VerifiedStatement[] = []
  for (const given of statements) {
    const predicate = schema.safeParse(given.statement.predicate)
    const { payload, signer, provenOn, statement } = given
    if (predicate.success) read.push({ payload, signer, provenOn, statement, predicate: predicate.data })
    else unreadable.push(given)
  }
  return { read, unreadable }
}

/** Evidence of a type that was found but does not count, as the end of a sentence; empty when there is none. */
export function unusableNote(evidence: Evidence, name: PredicateName): string {
  return unusableNoteOf(evidence, (type) => type === predicateTypes[name])
}

/** The same for types that have several names. */
export function unusableNoteOf(evidence: Evidence, isMeant: (predicateType: string) => boolean): string {
  const found = evidence.unusable.filter(({ predicateType = '' }) => isMeant(predicateType))
  const [first] = found
  if (!first) return ''
  return `; ${count(found.length, 'other')} found that does not count (${first.state}: ${printableLine(first.reason, 120)})`
}

/** One human being or machine, whichever of its keys signed. */
export function personOf(signer: Signer): string {
  return (signer.identity ?? signer.id).toLowerCase()
}
