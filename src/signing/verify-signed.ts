import { fail, isFailure } from '../base/index.ts'
import { isAbout } from '../attestation/index.ts'
import type { GitCommit, UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import { signingErrors } from './errors.ts'
import { findSigner } from './find-signer.ts'
import { openContent } from './signed-content.ts'
import type { Opened, SignedContent } from './signed-content.ts'
import { checkRights, earliest } from './signer-rights.ts'
import type { Circumstances } from './signer-rights.ts'
import type { TrustPolicy } from './trust.ts'
import { checkExpiry } from './trust-expiry.ts'

/**
 * Judges one piece of signed content found on `subject`: form, signature, signer, subject, right to assert.
 * One road for all formats, so that no check can be missing from one of them. Bad evidence is a result and never an
 * exception: anyone who can push could otherwise stop a promotion.
 * The predicate is not read here; `readPredicate` does that where it is used.
 * @throws TRUST_EXPIRED
 */
export function verifySigned(
  content: SignedContent,
  subject: Digest | GitCommit,
  trust: TrustPolicy,
  at: Circumstances,
): VerifiedStatement | UnusableStatement {
  checkExpiry(trust, at.now)
  let opened: Opened | undefined
  try {
    opened = openContent(content)
    const found = findSigner(opened, trust, at.now)
    const statement = opened.statement()
    if (!isAbout(statement, subject))
      throw fail(signingErrors.SUBJECT_MISMATCH, `No subject of the statement is ${subject}.`)
    checkRights(found, statement, at)
    const { id, identity, roles } = found.signer
    return {
      statement,
      predicateType: statement.predicateType,
      payload: opened.payload,
      signer: { id, identity, roles },
      origin: content.origin,
      provenOn: earliest(found.times)?.toISOString(),
    }
  } catch (cause) {
    return unusable(content, opened, cause)
  }
}

function unusable(content: SignedContent, opened: Opened | undefined, cause: unknown): UnusableStatement {
  const { SIGNER_UNTRUSTED, SIGNER_NOT_ALLOWED, SIGNER_REVOKED } = signingErrors
  const foreign = isFailure(cause, SIGNER_UNTRUSTED, SIGNER_NOT_ALLOWED, SIGNER_REVOKED)
  return {
    state: foreign ? 'foreign' : 'invalid',
    // Anything unforeseen in foreign bytes (a certificate OpenSSL cannot read) is a bad form too.
    code: isFailure(cause) ? cause.code : signingErrors.BUNDLE_INVALID.code,
    reason: isFailure(cause) ? cause.message : 'It cannot be read.',
    predicateType: opened && claimedType(opened),
    payload: opened?.payload,
    origin: content.origin,
  }
}

/** What unverified content claims to be; for people only. */
function claimedType(opened: Opened): string | undefined {
  try {
    return opened.statement().predicateType
  } catch {
    return undefined
  }
}
