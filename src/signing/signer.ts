import type { KeyObject } from 'node:crypto'
import type { KeySigner } from './private-key.ts'

/** What a signature is made for: a DSSE payload, and the bytes that are signed for it. */
export interface ToSeal {
  readonly payload: Buffer
  readonly payloadType: string
  readonly signed: Buffer
}

/** A signature, with what a bundle carries beside it. */
export interface Seal {
  readonly signature: Buffer
  /** What verifies the signature: tried before anything is published. */
  readonly publicKey: KeyObject
  readonly material: Material
}

/** `verificationMaterial` of a Sigstore bundle, as its JSON. */
export interface Material {
  readonly publicKey?: { readonly hint: string }
  readonly certificate?: { readonly rawBytes: string }
  readonly tlogEntries?: readonly unknown[]
  readonly timestampVerificationData?: {
    readonly rfc3161Timestamps: readonly { readonly signedTimestamp: string }[]
  }
}

/** Signs, and brings along what proves the signature: a certificate, a log entry, a timestamp. */
export interface SealingSigner {
  seal(content: ToSeal): Promise<Seal>
}

/** Whoever can sign a statement. */
export type Signer = KeySigner | SealingSigner

/** One signature by any signer. */
export async function seal(signer: Signer, content: ToSeal): Promise<Seal> {
  if ('seal' in signer) return signer.seal(content)
  const { publicKey, hint } = signer
  return { signature: await signer.sign(content.signed), publicKey, material: { publicKey: { hint } } }
}
