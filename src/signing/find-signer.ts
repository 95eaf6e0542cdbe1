import { X509Certificate } from 'node:crypto'
import { fail, isFailure, WaybillError } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import { isSignedBy } from './public-key.ts'
import type { Certified, Opened } from './signed-content.ts'
import { earliest } from './signer-rights.ts'
import type {
  KeylessSignerTrust,
  KeySignerTrust,
  TrustedSigner,
  TrustPolicy,
  X509SignerTrust,
} from './trust.ts'

/** The signer of the policy who made this signature, and when that is proven to have been. */
export interface FoundSigner {
  readonly signer: TrustedSigner
  /** Empty: no trusted time. */
  readonly times: readonly Date[]
}

/**
 * Finds who in the trust policy signed. Keys and roots come from the policy only; what the content carries is an
 * index at most (GHSA-fx35-mq7g-6g98).
 * @throws SIGNATURE_INVALID, SIGNER_UNTRUSTED
 */
export function findSigner(opened: Opened, trust: TrustPolicy, now: Date): FoundSigner {
  const { certified } = opened
  const key = opened.byKey ? findKey(opened, trust, certified !== undefined) : undefined
  if (key) return { signer: key, times: provenTimes(opened, trust) }
  if (certified) return findCertified(opened, certified, trust, now)
  throw fail(signingErrors.SIGNER_UNTRUSTED, 'No key of the trust policy made this signature.')
}

function provenTimes({ timestamps, signature }: Opened, trust: TrustPolicy): readonly Date[] {
  if (timestamps.length === 0) return []
  return timestamps.flatMap((response) => trust.provenTime(response, signature) ?? [])
}

function findKey(opened: Opened, trust: TrustPolicy, orCertificate: boolean): KeySignerTrust | undefined {
  const made = (signer: TrustedSigner): signer is KeySignerTrust =>
    signer.kind === 'key' && isSignedBy(signer.key, opened.signed, opened.signature)
  const hinted = trust.signers.find((signer) => signer.kind === 'key' && signer.hint === opened.hint)
  if (hinted && made(hinted)) return hinted
  const found = trust.signers.find((signer) => signer !== hinted && made(signer))
  if (found || !hinted || orCertificate) return found as KeySignerTrust | undefined
  throw fail(
    signingErrors.SIGNATURE_INVALID,
    `It names the key of ${hinted.id}, but that key did not sign this content.`,
  )
}

function findCertified(opened: Opened, certified: Certified, trust: TrustPolicy, now: Date): FoundSigner {
  const leaf = new X509Certificate(certified.certificate)
  // Only tells a broken signature from an unknown signer; it trusts nothing.
  if (!isSignedBy(leaf.publicKey, opened.signed, opened.signature))
    throw fail(signingErrors.SIGNATURE_INVALID, 'The certificate beside the signature did not make it.')
  const failures: WaybillError[] = []
  for (const signer of trust.signers) {
    if (signer.kind === 'key') continue
    const tried =
      signer.kind === 'x509'
        ? tryX509(certified, signer, provenTimes(opened, trust), now)
        : tryKeyless(certified, signer)
    if (!(tried instanceof WaybillError)) return { signer, times: tried }
    failures.push(tried)
  }
  throw (
    failures.find((failure) => isFailure(failure, signingErrors.SIGNATURE_INVALID)) ??
    failures[0] ??
    fail(signingErrors.SIGNER_UNTRUSTED, 'It was signed with a certificate, and the policy trusts only keys.')
  )
}

/** A certificate counts at the time it was used; without proof of that, at no time or now, as the policy says. */
function tryX509(
  { certificate }: Certified,
  signer: X509SignerTrust,
  times: readonly Date[],
  now: Date,
): readonly Date[] | WaybillError {
  const proven = earliest(times)
  const flaw = signer.flaw(certificate, proven ?? now)
  if (flaw !== undefined)
    return fail(signingErrors.SIGNER_UNTRUSTED, `It was not signed by ${signer.id}: ${flaw}.`)
  if (proven || signer.acceptsNow) return times
  return fail(signingErrors.SIGNER_UNTRUSTED, {
    message: `No timestamp proves when ${signer.id} signed this, and a certificate counts only at that time.`,
    next: 'Sign with a timestamp from an authority in trust.yaml, or set `at: now` for this signer.',
  })
}

function tryKeyless(
  { json, message }: Certified,
  signer: KeylessSignerTrust,
): readonly Date[] | WaybillError {
  try {
    return signer.verify(json, message)
  } catch (cause) {
    if (isFailure(cause)) return cause
    throw cause
  }
}
