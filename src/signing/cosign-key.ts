import { randomBytes, scryptSync } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import * as z from 'zod'
import { fail, isFailure, parseJson } from '../base/index.ts'
import { decodeBase64 } from './base64.ts'
import { signingErrors } from './errors.ts'
import { readPem, writePem } from './pem.ts'

const WRITE = { N: 65_536, r: 8, p: 1 }
/** scrypt takes 128·N·r bytes: at most 128 MiB, twice what cosign writes. A hostile file must not take more. */
const MAX_COST = 2 ** 20

const bytes = (size?: number) =>
  z.string().transform((text, context) => {
    const decoded = decodeBase64(text)
    if (decoded && (size === undefined || decoded.length === size)) return decoded
    context.addIssue({
      code: 'custom',
      message: size ? `expected ${size} bytes in base64` : 'expected base64',
    })
    return z.NEVER
  })

const encrypted = z.strictObject({
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    params: z.strictObject({
      N: z
        .int()
        .min(2)
        .refine((n) => Number.isInteger(Math.log2(n)), 'expected a power of two'),
      r: z.int().min(1),
      p: z.int().min(1),
    }),
    salt: bytes(),
  }),
  cipher: z.strictObject({ name: z.literal('nacl/secretbox'), nonce: bytes(24) }),
  ciphertext: bytes(),
})

/**
 * PKCS#8 PEM → cosign's encrypted key file (scrypt, then NaCl secretbox).
 * @throws KEY_INVALID
 */
export function encryptCosignKey(pkcs8Pem: string, password: string): string {
  const { label, der } = readPem(pkcs8Pem, 'private key')
  if (label !== 'PRIVATE KEY')
    throw fail(signingErrors.KEY_INVALID, `Found "${label}", expected "PRIVATE KEY" (PKCS#8).`)
  const salt = randomBytes(32)
  const nonce = randomBytes(24)
  const ciphertext = xsalsa20poly1305(derive(password, salt, WRITE), nonce).encrypt(der)
  const file = {
    kdf: { name: 'scrypt', params: WRITE, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(ciphertext).toString('base64'),
  }
  return writePem('ENCRYPTED SIGSTORE PRIVATE KEY', Buffer.from(JSON.stringify(file)))
}

/**
 * The body of a cosign key file → the DER it hides (PKCS#8, as the caller must check).
 * @throws KEY_INVALID, KEY_PASSWORD
 */
export function decryptCosignKey(body: Buffer, password: string | undefined, where: string): Buffer {
  const { kdf, cipher, ciphertext } = readEncrypted(body, where)
  const { N, r, p } = kdf.params
  if (N * r * p > MAX_COST)
    throw invalid(`scrypt parameters N=${N}, r=${r}, p=${p} cost more than Waybill spends on a key`, where)
  if (password === undefined)
    throw fail(signingErrors.KEY_PASSWORD, {
      message: 'The key is encrypted and no password is given.',
      where,
    })
  try {
    return Buffer.from(
      xsalsa20poly1305(derive(password, kdf.salt, kdf.params), cipher.nonce).decrypt(ciphertext),
    )
  } catch (cause) {
    throw fail(signingErrors.KEY_PASSWORD, {
      message: 'The password does not open this key, or the file was changed.',
      where,
      cause,
    })
  }
}

function readEncrypted(body: Buffer, where: string) {
  try {
    const read = encrypted.safeParse(parseJson(body, where))
    if (read.success) return read.data
    const issue = read.error.issues[0]
    throw invalid(`cosign key, ${issue?.path.join('.') || 'top level'}: ${issue?.message}`, where)
  } catch (cause) {
    if (isFailure(cause, signingErrors.KEY_INVALID)) throw cause
    throw invalid('the body of the cosign key is not JSON', where, cause)
  }
}

function derive(password: string, salt: Buffer, params: { N: number; r: number; p: number }): Buffer {
  const maxmem = 128 * params.r * (params.N + params.p + 2)
  return scryptSync(password, salt, 32, { ...params, maxmem })
}

function invalid(message: string, where: string, cause?: unknown) {
  return fail(signingErrors.KEY_INVALID, { message: `Cannot read the key: ${message}.`, where, cause })
}
