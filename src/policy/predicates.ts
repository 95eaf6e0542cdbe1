import type * as z from 'zod'
import type { Evidence, Signer, Statement, VerifiedStatement } from '../attestation/index.ts'
import { predicateTypes, predicateUri, statementsOf } from '../attestation/index.ts'
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
    const { payload, signer, provenOn, statement } = given
    const predicate = predicateOf(statement, schema)
    if (predicate) read.push({ payload, signer, provenOn, statement, predicate: predicate.data })
    else unreadable.push(given)
  }
  return { read, unreadable }
}

// Every gate asks this of the same statements. One that cannot be read is remembered too.
const known = new WeakMap<z.ZodType, WeakMap<Statement, { readonly data: unknown } | undefined>>()

/** A statement's predicate, read through this schema once; undefined when it is not of the form. */
export function predicateOf<T>(statement: Statement, schema: z.ZodType<T>): { readonly data: T } | undefined {
  const read = known.get(schema) ?? new WeakMap<Statement, { readonly data: unknown } | undefined>()
  known.set(schema, read)
  if (!read.has(statement)) {
    const predicate = schema.safeParse(statement.predicate)
    read.set(statement, predicate.success ? { data: predicate.data } : undefined)
  }
  return read.get(statement) as { readonly data: T } | undefined
}

/**
 * Evidence of a type (short name or URI) that was found but does not count, as the end of a sentence; empty when there
 * is none.
 */
export function unusableNote(evidence: Evidence, type: PredicateName | (string & {})): string {
  const uri = predicateUri(type)
  return unusableNoteOf(evidence, (found) => found === uri)
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
