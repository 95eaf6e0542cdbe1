import { hash, randomBytes } from 'node:crypto'
import { ask } from '../../base/ask.ts'
import { defaultRetry, fail, retrying } from '../../base/index.ts'
import { signingErrors } from '../errors.ts'
import { seal } from '../signer.ts'
import type { SealingSigner, Signer } from '../signer.ts'
import { parseTimestamp } from './timestamp-token.ts'

const PATIENCE = 20_000
const MAX_BYTES = 64 * 1024

/** A signer whose signatures are timestamped by an authority (RFC 3161 §3.4) as they are made. */
export function timestamped(signer: Signer, url: string, signal?: AbortSignal): SealingSigner {
  return {
    async seal(content) {
      const { signature, publicKey, material } = await seal(signer, content)
      const response = await requestTimestamp(url, signature, signal)
      const rfc3161Timestamps = [{ signedTimestamp: response.toString('base64') }]
      return {
        signature,
        publicKey,
        material: { ...material, timestampVerificationData: { rfc3161Timestamps } },
      }
    },
  }
}

/**
 * Has a signature timestamped. The answer must be about this signature and this request; whether its authority is one to
 * believe is for the trust policy to say.
 * @returns the response in DER, as bundles carry it
 * @throws TIMESTAMP_FAILED
 */
export function requestTimestamp(url: string, signature: Uint8Array, signal?: AbortSignal): Promise<Buffer> {
  return retrying(() => askOnce(url, signature, signal), { ...defaultRetry, attempts: 3, signal })
}

async function askOnce(url: string, signature: Uint8Array, signal: AbortSignal | undefined): Promise<Buffer> {
  // Positive and in its shortest form, as DER wants it.
  const nonce = Buffer.concat([Buffer.from([0x40]), randomBytes(7)])
  const response = await post(url, query(signature, nonce), signal)
  try {
    const token = parseTimestamp(response)
    if (token.isAbout(signature) && token.nonce === BigInt(`0x${nonce.toString('hex')}`)) return response
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw failed(url, `The answer is not a timestamp: ${why}.`, cause)
  }
  throw failed(url, 'The timestamp is about another signature or another request.')
}

async function post(
  url: string,
  body: Buffer<ArrayBuffer>,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const headers = { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' }
  const answer = await ask({ url, body, headers, patience: PATIENCE, signal }).catch((cause: unknown) => {
    signal?.throwIfAborted()
    throw failed(url, 'The authority did not answer.', cause)
  })
  if (answer.status !== 200) throw failed(url, `The authority answered with ${answer.status}.`)
  if (answer.body && answer.body.length <= MAX_BYTES) return answer.body
  throw failed(url, `The answer has more than ${MAX_BYTES} bytes.`)
}

/** TimeStampReq (RFC 3161 §2.4.1): version 1, SHA-256 of the signature, a nonce, and the certificate with the answer. */
function query(signature: Uint8Array, nonce: Buffer): Buffer<ArrayBuffer> {
  const imprint = Buffer.concat([SHA256_IMPRINT, hash('sha256', signature, 'buffer')])
  const parts = [Buffer.from([0x02, 1, 1]), imprint, Buffer.from([0x02, nonce.length]), nonce, CERTIFICATE]
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

// MessageImprint up to the 32 bytes: SEQUENCE { SEQUENCE { OID sha256, NULL }, OCTET STRING }.
const SHA256_IMPRINT = Buffer.from('3031300d060960864801650304020105000420', 'hex')
const CERTIFICATE = Buffer.from([0x01, 1, 0xff])

function failed(url: string, message: string, cause?: unknown) {
  return fail(signingErrors.TIMESTAMP_FAILED, { message, where: url, cause })
}
