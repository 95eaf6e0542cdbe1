import type { KeyObject } from 'node:crypto'
import type { KeySigner } from './private-key.ts'

/** What a signature is made for: the bytes that are signed, and the DSSE payload they stand for, where there is one. */
export interface ToSeal {
  readonly signed: Buffer
  readonly envelope?: { readonly payload: Buffer; readonly payloadType: string }
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
  readonly tlogEntries?: readonly LogEntryJson[]
  readonly timestampVerificationData?: {
    readonly rfc3161Timestamps: readonly { readonly signedTimestamp: string }[]
  }
}

/** The parts of a log entry that are put into other forms; it has more. */
export interface LogEntryJson {
  readonly logIndex?: string
  readonly logId: { readonly keyId: string }
  readonly integratedTime?: string
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string }
  readonly canonicalizedBody: string
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
