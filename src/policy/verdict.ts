import type { GateResult, Severity } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

export interface GateVerdict {
  /** Gate kind, e.g. `tests`. */
  readonly gate: string
  readonly result: GateResult
  /** One sentence for a person: what was found against what was required. */
  readonly reason: string
  /** Payload digests of the statements the verdict rests on. */
  readonly evidence: readonly Digest[]
  /** For `pending` with a known end: when it can pass at the earliest (RFC 3339). */
  readonly earliest?: string
  /** For `pending` on people: who could still act, e.g. roles or signer ids. */
  readonly waitingFor?: readonly string[]
  /** What stands in the way one by one, worst first, as far as it is listed; `waived` ones too. */
  readonly findings?: readonly GateFinding[]
}

/** One thing a gate weighed. */
export interface GateFinding {
  readonly id: string
  readonly severity?: Severity
  /** One line: `libssl 3.0.1, fixed in 3.0.2`, `src/app.ts:3`. */
  readonly about?: string
  /** Payload digest of the waiver (or VEX statement) that lets it through. */
  readonly waivedBy?: Digest
}

/** The decision for one digest into one environment. */
export interface Verdict {
  readonly result: 'pass' | 'fail' | 'error' | 'pending'
  readonly gates: readonly GateVerdict[]
}

declare const allowing: unique symbol
/** A verdict that lets the digest in. Only `allow` makes one; the WRITE half accepts nothing else. */
export type AllowingVerdict = Verdict & { readonly result: 'pass'; readonly [allowing]: true }

/** Narrows a verdict to one that allows. */
export function allow(verdict: Verdict): verdict is AllowingVerdict {
  return verdict.result === 'pass'
}

/** A definite no outranks "could not tell", which outranks waiting. Anything but pass and waived stops. */
export function combine(gates: readonly GateVerdict[]): Verdict {
  const has = (result: GateResult) => gates.some((gate) => gate.result === result)
  const result = has('fail') ? 'fail' : has('error') ? 'error' : has('pending') ? 'pending' : 'pass'
  return { result, gates }
}
