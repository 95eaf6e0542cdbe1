import type { KeyObject } from 'node:crypto'
import type { Signer } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'

/** What a signer may say, where and when. */
export interface Rights extends Signer {
  readonly validFor: { readonly start: Date | undefined; readonly end: Date | undefined }
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

export interface KeylessSignerTrust extends Rights {
  readonly kind: 'keyless'
  /**
   * A bundle's JSON under this signer's root and identity → when it is proven to have existed.
   * @throws SIGNATURE_INVALID, SIGNER_UNTRUSTED
   */
  readonly verify: (json: unknown) => readonly Date[]
}

/** One signer of the trust policy, with its material loaded. */
export type TrustedSigner = KeySignerTrust | KeylessSignerTrust

export interface TrustPolicy {
  /** sha256 over what the policy means, key material included; file names and order do not matter. */
  readonly digest: Digest
  readonly signers: readonly TrustedSigner[]
}
