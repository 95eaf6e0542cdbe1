import type { Digest } from '../oci/index.ts'
import type { Statement } from './statement.ts'

/** Who signed, as the trust policy knows them. */
export interface Signer {
  /** The signer's id in trust.yaml. */
  readonly id: string
  /** A person's identity (e-mail) when the trust policy gives one. */
  readonly identity: string | undefined
  readonly roles: readonly string[]
}

/** Where a statement was found. */
export interface StatementOrigin {
  /** The referrer manifest (or legacy tag manifest) that carries it. */
  readonly manifest: Digest
  readonly format: 'bundle' | 'legacy-attestation' | 'legacy-signature'
}

/** A statement whose signature, signer, subject and right to assert have all been checked. */
export interface VerifiedStatement {
  readonly statement: Statement
  readonly predicateType: string
  /** sha256 of the signed payload: the statement's identity, the same after every copy. */
  readonly payload: Digest
  readonly signer: Signer
  readonly origin: StatementOrigin
  /** The earliest time at which a timestamp authority or log proves that it existed, RFC 3339. undefined = nobody does. */
  readonly provenOn: string | undefined
}

/** Evidence that does not count, and why. It is reported, and never decides (anyone with push rights can add it). */
export interface UnusableStatement {
  /** invalid: the signature or form is bad. foreign: sound, but not from a signer the policy lets say this. */
  readonly state: 'invalid' | 'foreign'
  readonly reason: string
  readonly code: string
  readonly predicateType: string | undefined
  readonly payload: Digest | undefined
  readonly origin: StatementOrigin
}

/** Everything signed that was found on one digest. */
export interface Evidence {
  readonly valid: readonly VerifiedStatement[]
  readonly unusable: readonly UnusableStatement[]
}

export function statementsOf(evidence: Evidence, predicateType: string): readonly VerifiedStatement[] {
  return evidence.valid.filter((statement) => statement.predicateType === predicateType)
}
