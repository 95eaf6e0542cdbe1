import type { KeyObject } from 'node:crypto'
import type { Signer } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

/** What a signer may say, where and when. */
export interface Rights extends Signer {
  readonly validFor: { readonly start: Date | undefined; readonly end: Date | undefined }
  /** From when on its key may be in other hands. */
  readonly revoked: { readonly at: Date; readonly reason: string | undefined } | undefined
  /** Predicate type URIs. */
  readonly mayAssert: ReadonlySet<string>
  /** undefined = every environment. */
  readonly environments: readonly string[] | undefined
  /** Tests of `host/path`; undefined = every repository. */
  readonly repositories: readonly ((repository: string) => boolean)[] | undefined
}

export interface KeySignerTrust extends Rights {
  readonly kind: 'key'
  readonly key: KeyObject
  readonly hint: string
}

export interface X509SignerTrust extends Rights {
  readonly kind: 'x509'
  /** A certificate without a proven time is judged now. */
  readonly acceptsNow: boolean
  /**
   * Why a certificate (DER) does not count at this time as this signer's; undefined when it does. What the certificate's
   * key signed is the caller's to check.
   */
  readonly flaw: (certificate: Buffer, at: Date) => string | undefined
}

export interface KeylessSignerTrust extends Rights {
  readonly kind: 'keyless'
  /**
   * A bundle's JSON under this signer's root and identity → when it is proven to have existed.
   * @param message the signed bytes, when the bundle is a bare signature over them
   * @throws SIGNATURE_INVALID, SIGNER_UNTRUSTED
   */
  readonly verify: (json: unknown, message?: Buffer) => readonly Date[]
}

/** One signer of the trust policy, with its material loaded. */
export type TrustedSigner = KeySignerTrust | X509SignerTrust | KeylessSignerTrust

export interface TrustPolicy {
  /** sha256 over what the policy means, key material included; file names, order and expiry do not matter. */
  readonly digest: Digest
  readonly signers: readonly TrustedSigner[]
  /** When somebody must have looked at the policy again. */
  readonly expires: Date | undefined
  /**
   * RFC 3161 response about a signature → when an authority of the policy saw that signature; undefined when none did.
   */
  readonly provenTime: (response: Buffer, signature: Buffer) => Date | undefined
}
