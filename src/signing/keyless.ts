import { bundleFromJSON } from '@sigstore/bundle'
import { PolicyError, toSignedEntity, VerificationError, Verifier } from '@sigstore/verify'
import type { SignedEntity, TrustMaterial, VerifierOptions } from '@sigstore/verify'
import { fail, WaybillError } from '../base/index.ts'
import { signingErrors } from './errors.ts'

export { readTrustedRoot } from './trusted-root.ts'

export interface KeylessIdentity {
  readonly root: TrustMaterial
  /** Subject alternative name, compared whole. */
  readonly subject: string
  readonly issuer: string
}

const ALL: VerifierOptions = { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 }
// A key outlives its signatures, so a log entry is proof enough; Rekor v2 entries carry no time.
const LOG_ONLY: VerifierOptions = { ctlogThreshold: 0, tlogThreshold: 1, timestampThreshold: 0 }

/**
 * Certificate, log and timestamps of a bundle that our strict parser has already accepted, against a trusted root.
 * Returns the times at which it was proven to exist. The content (payload type, subject) is the caller's to check.
 * @throws SIGNATURE_INVALID, SIGNER_UNTRUSTED
 */
export function verifyKeyless(json: unknown, who: KeylessIdentity, artifact?: Buffer): readonly Date[] {
  const { entity, signer } = verifyEntity(json, who.root, ALL, artifact)
  const subject = signer.identity?.subjectAlternativeName
  const issuer = signer.identity?.extensions?.issuer
  // Compared here and not by the library, which takes the expected subject for an unanchored pattern.
  if (subject === who.subject && issuer === who.issuer) return timesOf(entity)
  throw fail(
    signingErrors.SIGNER_UNTRUSTED,
    `Signed by ${subject ?? 'nobody named'} of ${issuer ?? 'no issuer'}, expected ${who.subject} of ${who.issuer}.`,
  )
}

/** Log entries of a key-signed bundle against a trusted root whose key finder knows the key. */
export function verifyLogged(json: unknown, root: TrustMaterial, artifact?: Buffer): void {
  verifyEntity(json, root, LOG_ONLY, artifact)
}

function verifyEntity(json: unknown, root: TrustMaterial, options: VerifierOptions, artifact?: Buffer) {
  try {
    const entity = toSignedEntity(bundleFromJSON(json), artifact)
    return { entity, signer: new Verifier(root, options).verify(entity) }
  } catch (cause) {
    throw translated(cause)
  }
}

function translated(cause: unknown): WaybillError {
  const message = cause instanceof Error ? cause.message : String(cause)
  const broken =
    cause instanceof VerificationError &&
    (cause.code === 'SIGNATURE_ERROR' || cause.code === 'TLOG_BODY_ERROR')
  const known = cause instanceof VerificationError || cause instanceof PolicyError
  return fail(broken ? signingErrors.SIGNATURE_INVALID : signingErrors.SIGNER_UNTRUSTED, {
    message: known
      ? `Sigstore verification failed: ${message}.`
      : 'Sigstore verification could not be completed.',
    cause,
  })
}

function timesOf(entity: SignedEntity): readonly Date[] {
  return entity.timestamps.map((given) =>
    given.$case === 'timestamp-authority'
      ? given.timestamp.signingTime
      : new Date(Number(given.tlogEntry.integratedTime) * 1000),
  )
}
