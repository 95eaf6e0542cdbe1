import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { fail } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import { readPem } from './pem.ts'
import { keyHint } from './public-key.ts'

/** PEM types of cosign's encrypted keys: today's, and the one before Sigstore had its name. */
const COSIGN_KEY_LABELS: readonly string[] = [
  'ENCRYPTED SIGSTORE PRIVATE KEY',
  'ENCRYPTED COSIGN PRIVATE KEY',
]

/** Signs with ECDSA P-256, SHA-256, DER. A key in a KMS implements the same three members. */
export interface KeySigner {
  readonly publicKey: KeyObject
  /** base64(sha256(SPKI DER)): what a bundle carries to find the key again. */
  readonly hint: string
  sign(data: Uint8Array): Promise<Buffer>
}

/** A new ECDSA P-256 pair: PKCS#8 and SPKI PEM. */
export function generateKey(): { privateKeyPem: string; publicKeyPem: string } {
  const pair = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return { privateKeyPem: pair.privateKey, publicKeyPem: pair.publicKey }
}

/** PKCS#8 PEM → the key file cosign would encrypt it into. @throws KEY_INVALID */
export async function encryptPrivateKey(pkcs8Pem: string, password: string): Promise<string> {
  const { encryptCosignKey } = await import('./cosign-key.ts')
  return encryptCosignKey(pkcs8Pem, password)
}

/**
 * PKCS#8 PEM, or a key file encrypted by cosign → signer.
 * @param where the file or variable, for messages; the text itself never appears in one
 * @throws KEY_INVALID, KEY_PASSWORD
 */
export async function readPrivateKey(
  text: string,
  password: string | undefined,
  where: string,
): Promise<KeySigner> {
  const { label, der } = readPem(text, where)
  if (COSIGN_KEY_LABELS.includes(label)) {
    const { decryptCosignKey } = await import('./cosign-key.ts')
    return signerOf(decryptCosignKey(der, password, where), where)
  }
  if (label === 'PRIVATE KEY') return signerOf(der, where)
  throw fail(signingErrors.KEY_INVALID, {
    message: `Found "${label}", expected "PRIVATE KEY" (PKCS#8) or "${COSIGN_KEY_LABELS[0]}".`,
    where,
    ...(label === 'EC PRIVATE KEY' && {
      next: 'This is the older SEC1 form; convert it with `openssl pkcs8 -topk8 -nocrypt`.',
    }),
  })
}

function signerOf(pkcs8: Buffer, where: string): KeySigner {
  const key = importPkcs8(pkcs8, where)
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    const found = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType
    throw fail(signingErrors.KEY_INVALID, {
      message: `Found a private key of kind ${found}, expected ECDSA on curve P-256.`,
      where,
    })
  }
  const publicKey = createPublicKey(key)
  return {
    publicKey,
    hint: keyHint(publicKey),
    sign: async (data) => sign('sha256', data, key),
  }
}

function importPkcs8(der: Buffer, where: string): KeyObject {
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw fail(signingErrors.KEY_INVALID, { message: 'The key is not PKCS#8.', where, cause })
  }
}
