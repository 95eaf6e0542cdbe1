import { printableLine } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import type { GateVerdict } from './verdict.ts'

/** What one gate says; the table adds which gate it was. */
export type Judgement = Omit<GateVerdict, 'gate'>

/** Statements a judgement rests on, however the gate carries them. */
type Basis = readonly { readonly payload: Digest }[]

const payloads = (basis: Basis): readonly Digest[] => [...new Set(basis.map((entry) => entry.payload))]

export function pass(reason: string, basis: Basis): Judgement {
  return { result: 'pass', reason, evidence: payloads(basis) }
}

/** A definite no. */
export function refuse(reason: string, basis: Basis = []): Judgement {
  return { result: 'fail', reason, evidence: payloads(basis) }
}

/** Could not tell. */
export function unclear(reason: string, basis: Basis = []): Judgement {
  return { result: 'error', reason, evidence: payloads(basis) }
}

/** How far another machine's clock may be ahead, in milliseconds. */
export const CLOCK_SKEW = 5 * 60_000

/** Untrusted text inside a reason. */
export function quote(text: string): string {
  return `"${printableLine(text, 120)}"`
}

/** `1 approval`, `2 approvals`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`
}
