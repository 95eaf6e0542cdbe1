import type { KeylessService } from './keyless-signer.ts'
import type { KeySigner } from './private-key.ts'
import type { Signer } from './signer.ts'

/** How a class of fact is signed. */
export interface SignerOrder {
  readonly by: KeySigner | KeylessService
  /** The key's certificate, in PEM, and where it was read. */
  readonly certificate?: { readonly pem: string; readonly where: string } | undefined
  /** Address of a time-stamp authority. */
  readonly timestamp?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Puts a signer together. What a plain key does not need is not loaded for it.
 * @throws KEY_INVALID, TRUST_INVALID, KEYLESS_WITHOUT_TIME
 */
export async function openSigner({ by, certificate, timestamp, signal }: SignerOrder): Promise<Signer> {
  if (!('sign' in by)) {
    const { keylessSigner } = await import('./keyless-signer.ts')
    return keylessSigner({ ...by, tsa: by.tsa ?? timestamp }, signal)
  }
  const signer = certificate ? await certified(by, certificate) : by
  if (timestamp === undefined) return signer
  const { timestamped } = await import('./time/request-timestamp.ts')
  return timestamped(signer, timestamp, signal)
}

async function certified(key: KeySigner, { pem, where }: NonNullable<SignerOrder['certificate']>) {
  const { certificateSigner } = await import('./certificate-signer.ts')
  return certificateSigner(key, pem, where)
}
