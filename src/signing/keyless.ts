import { bundleFromJSON } from '@sigstore/bundle'
import type { Bundle } from '@sigstore/bundle'
import { PolicyError, toSignedEntity, VerificationError, Verifier } from '@sigstore/verify'
import type { SignedEntity, TrustMaterial, VerifierOptions } from '@sigstore/verify'
import { fail, isFailure, WaybillError } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import { checkLoggedKey } from './log-entry.ts'
import { spki } from './public-key.ts'
import { authorityOf, provenTime } from './time/authorities.ts'
import { extendedKeyUsage } from './x509/certificate.ts'
import { purposes } from './x509/certificate-chain.ts'

export { parseTrustedRoot, readTrustedRoot } from './trusted-root.ts'

export interface KeylessIdentity {
  readonly root: TrustMaterial
  /** Subject alternative name, compared whole. */
  readonly subject: string
  readonly issuer: string
}

// A root that lists no log is one of an instance without: there, a timestamp has to do.
const thresholds = ({ ctlogs, tlogs }: TrustMaterial): VerifierOptions => ({
  ctlogThreshold: ctlogs.length > 0 ? 1 : 0,
  tlogThreshold: tlogs.length > 0 ? 1 : 0,
  timestampThreshold: 1,
})
// A key outlives its signatures, so a log entry is proof enough; Rekor v2 entries carry no time.
const LOG_ONLY: VerifierOptions = { ctlogThreshold: 0, tlogThreshold: 1, timestampThreshold: 0 }

/**
 * Certificate, log and timestamps of a bundle that our strict parser has already accepted, against a trusted root.
 * Returns the times at which it was proven to exist. The content (payload type, subject) is the caller's to check.
 * @throws SIGNATURE_INVALID, SIGNER_UNTRUSTED
 */
export function verifyKeyless(json: unknown, who: KeylessIdentity, artifact?: Buffer): readonly Date[] {
  const { entity, signer } = verifyEntity(json, who.root, thresholds(who.root), artifact)
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
    const bundle = bundleFromJSON(json)
    const entity = toSignedEntity(bundle, artifact)
    const signer = new Verifier(root, options).verify(entity)
    checkPurposes(bundle, entity, root)
    for (const { canonicalizedBody } of entity.tlogEntries)
      checkLoggedKey(canonicalizedBody, spki(signer.key))
    return { entity, signer }
  } catch (cause) {
    throw isFailure(cause) ? cause : translated(cause)
  }
}

/** What the library does not ask: that certificates were issued for what they are used for. */
function checkPurposes(bundle: Bundle, { key, signature }: SignedEntity, root: TrustMaterial): void {
  if (key.$case === 'certificate' && !extendedKeyUsage(key.certificate)?.includes(purposes.codeSigning))
    throw fail(signingErrors.SIGNER_UNTRUSTED, 'The certificate was not issued for code signing.')
  const authorities = root.timestampAuthorities.map(authorityOf)
  for (const { signedTimestamp } of bundle.verificationMaterial.timestampVerificationData
    ?.rfc3161Timestamps ?? []) {
    if (!provenTime(signedTimestamp, signature.signature, authorities))
      throw fail(signingErrors.SIGNER_UNTRUSTED, 'A timestamp in the bundle is by no authority for it.')
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

// An entry's time is part of what the log promised (SET); without that promise it is anybody's.
function timesOf(entity: SignedEntity): readonly Date[] {
  return entity.timestamps.flatMap((given) => {
    if (given.$case === 'timestamp-authority') return given.timestamp.signingTime
    const { inclusionPromise, integratedTime } = given.tlogEntry
    return inclusionPromise ? new Date(Number(integratedTime) * 1000) : []
  })
}
