import { createPublicKey, hash, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { fail } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import { readPem } from './pem.ts'

const RSA_MIN_BITS = 2048

/**
 * SPKI PEM → public key for verifying: ECDSA P-256 or P-384, or RSA of at least 2048 bits.
 * @throws KEY_INVALID
 */
export function readPublicKey(pem: string, where: string): KeyObject {
  const { label, der } = readPem(pem, where)
  if (label !== 'PUBLIC KEY') {
    throw fail(signingErrors.KEY_INVALID, {
      message: `Found "${label}", expected "PUBLIC KEY" (SPKI).`,
      where,
    })
  }
  const key = importSpki(der, where)
  hashFor(key, where)
  return key
}

/** The hint cosign writes beside a key's signatures: base64(sha256(SPKI DER)). An index, never a proof. */
export function keyHint(key: KeyObject): string {
  return hash('sha256', spki(key), 'base64')
}

export function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' })
}

/**
 * True when `signature` (ECDSA in DER, RSA PKCS#1 v1.5) over `data` was made by `key`.
 * The hash is fixed by the key (P-384 → SHA-384, else SHA-256), never by the message.
 */
export function isSignedBy(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  return verify(knownHash(key), data, key, signature)
}

// What kind a key is takes longer to ask than to remember.
const hashes = new WeakMap<KeyObject, 'sha256' | 'sha384'>()

function knownHash(key: KeyObject): 'sha256' | 'sha384' {
  const known = hashes.get(key) ?? hashFor(key, 'public key')
  hashes.set(key, known)
  return known
}

function importSpki(der: Buffer, where: string): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch (cause) {
    throw fail(signingErrors.KEY_INVALID, { message: 'This is not a public key (SPKI).', where, cause })
  }
}

function hashFor(key: KeyObject, where: string): 'sha256' | 'sha384' {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1') return 'sha256'
  if (key.asymmetricKeyType === 'ec' && namedCurve === 'secp384r1') return 'sha384'
  if (key.asymmetricKeyType === 'rsa' && (modulusLength ?? 0) >= RSA_MIN_BITS) return 'sha256'
  const found = [key.asymmetricKeyType, namedCurve ?? modulusLength].filter(Boolean).join(' ')
  throw fail(signingErrors.KEY_INVALID, {
    message: `Found a key of kind ${found}, expected ECDSA P-256 or P-384, or RSA from ${RSA_MIN_BITS} bits.`,
    where,
  })
}
