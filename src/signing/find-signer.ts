import { X509Certificate } from 'node:crypto'
import { fail, isFailure, WaybillError } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import { isSignedBy } from './public-key.ts'
import type { Opened } from './signed-content.ts'
import type { KeylessSignerTrust, KeySignerTrust, TrustedSigner, TrustPolicy } from './trust.ts'

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
export function findSigner(opened: Opened, trust: TrustPolicy): FoundSigner {
  return opened.keyless
    ? findKeyless(opened, opened.keyless, trust)
    : { signer: findKey(opened, trust), times: [] }
}

function findKey(opened: Opened, trust: TrustPolicy): KeySignerTrust {
  const keys = trust.signers.filter((signer) => signer.kind === 'key')
  const hinted = keys.find((signer) => signer.hint === opened.hint)
  const others = keys.filter((signer) => signer !== hinted)
  const found = [...(hinted ? [hinted] : []), ...others].find((signer) =>
    isSignedBy(signer.key, opened.signed, opened.signature),
  )
  if (found) return found
  if (hinted)
    throw fail(
      signingErrors.SIGNATURE_INVALID,
      `It names the key of ${hinted.id}, but that key did not sign this content.`,
    )
  throw fail(
    signingErrors.SIGNER_UNTRUSTED,
    opened.certified
      ? 'It was signed with a certificate in the old form; those count in bundles only.'
      : 'No key of the trust policy made this signature.',
  )
}

type Keyless = NonNullable<Opened['keyless']>

function findKeyless(opened: Opened, keyless: Keyless, trust: TrustPolicy): FoundSigner {
  const leaf = leafCertificate(keyless.material)
  // Only tells a broken signature from an unknown signer; it trusts nothing.
  if (!leaf || !isSignedBy(leaf.publicKey, opened.signed, opened.signature))
    throw fail(signingErrors.SIGNATURE_INVALID, 'The certificate beside the signature did not make it.')
  const failures: WaybillError[] = []
  for (const signer of trust.signers) {
    if (signer.kind !== 'keyless') continue
    const tried = tryKeyless(keyless.json, signer)
    if (!(tried instanceof WaybillError)) return { signer, times: tried }
    failures.push(tried)
  }
  throw (
    failures.find((failure) => isFailure(failure, signingErrors.SIGNATURE_INVALID)) ??
    failures[0] ??
    fail(signingErrors.SIGNER_UNTRUSTED, 'It was signed with a certificate, and the policy trusts only keys.')
  )
}

function tryKeyless(json: unknown, signer: KeylessSignerTrust): readonly Date[] | WaybillError {
  try {
    return signer.verify(json)
  } catch (cause) {
    if (isFailure(cause)) return cause
    throw cause
  }
}

function leafCertificate(material: Keyless['material']): X509Certificate | undefined {
  const der = (material.certificate ?? material.x509CertificateChain?.certificates[0])?.rawBytes
  return der && new X509Certificate(der)
}
