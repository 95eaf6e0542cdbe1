import { createPublicKey, X509Certificate } from 'node:crypto'
import * as z from 'zod'
import { fail, isFailure } from '../base/index.ts'
import { readJson, readShape } from './bundle.ts'
import { base64Bytes } from './dsse.ts'
import { signingErrors } from './errors.ts'
import { spki } from './public-key.ts'

// Rekor writes what made the signature as PEM (v1) or DER (v2), each kind of entry in its own place.
const pem = base64Bytes.transform((bytes) => bytes.toString('latin1'))
const raw = z.looseObject({ rawBytes: base64Bytes })
const verifier = z
  .looseObject({ x509Certificate: raw.optional(), publicKey: raw.optional() })
  .transform(({ x509Certificate, publicKey }) => x509Certificate?.rawBytes ?? publicKey?.rawBytes)
const both = z.looseObject({ verifier })

const entry = z.union([
  z
    .looseObject({
      kind: z.literal('hashedrekord'),
      apiVersion: z.literal('0.0.1'),
      spec: z.looseObject({ signature: z.looseObject({ publicKey: z.looseObject({ content: pem }) }) }),
    })
    .transform(({ spec }) => spec.signature.publicKey.content),
  z
    .looseObject({
      kind: z.literal('dsse'),
      apiVersion: z.literal('0.0.1'),
      spec: z.looseObject({ signatures: z.tuple([z.looseObject({ verifier: pem })]) }),
    })
    .transform(({ spec }) => spec.signatures[0].verifier),
  z
    .looseObject({
      kind: z.literal('intoto'),
      apiVersion: z.literal('0.0.2'),
      spec: z.looseObject({
        content: z.looseObject({
          envelope: z.looseObject({ signatures: z.tuple([z.looseObject({ publicKey: pem })]) }),
        }),
      }),
    })
    .transform(({ spec }) => spec.content.envelope.signatures[0].publicKey),
  z
    .looseObject({
      apiVersion: z.literal('0.0.2'),
      spec: z.looseObject({ hashedRekordV002: z.looseObject({ signature: both }) }),
    })
    .transform(({ spec }) => spec.hashedRekordV002.signature.verifier),
  z
    .looseObject({
      apiVersion: z.literal('0.0.2'),
      spec: z.looseObject({ dsseV002: z.looseObject({ signatures: z.tuple([both]) }) }),
    })
    .transform(({ spec }) => spec.dsseV002.signatures[0].verifier),
])

/**
 * A log entry must have been made with the key that made the signature; an entry for the same bytes by somebody else
 * says nothing about it (CVE-2022-23649, CVE-2026-22703).
 * @param key SPKI in DER
 * @throws SIGNATURE_INVALID
 */
export function checkLoggedKey(body: Buffer, key: Buffer): void {
  const logged = keyIn(body)
  if (logged?.equals(key)) return
  throw fail(signingErrors.SIGNATURE_INVALID, 'The tlog entry names another key than the one that signed.')
}

function keyIn(body: Buffer): Buffer | undefined {
  try {
    const found = readShape(entry, readJson(body, 'log entry', 'log'), 'a log entry', 'log')
    return found === undefined ? undefined : keyOf(found)
  } catch (cause) {
    if (isFailure(cause)) return undefined
    throw cause
  }
}

/** A certificate or public key, in PEM or DER → SPKI. */
function keyOf(found: string | Buffer): Buffer | undefined {
  const forms =
    typeof found === 'string'
      ? [() => createPublicKey(found)]
      : [
          () => createPublicKey({ key: found, format: 'der', type: 'spki' }),
          () => new X509Certificate(found).publicKey,
        ]
  for (const read of forms) {
    try {
      return spki(read())
    } catch {
      continue
    }
  }
  return undefined
}
