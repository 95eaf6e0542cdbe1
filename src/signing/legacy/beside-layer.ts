import { hash } from 'node:crypto'
import * as z from 'zod'
import { readJson, readShape } from '../bundle.ts'
import { base64Bytes } from '../dsse.ts'
import { readPem } from '../pem.ts'
import type { Certified, Opened, SignedContent } from '../signed-content.ts'

// What cosign writes into the annotations of a layer (pkg/cosign/bundle).
const rekorBundle = z.strictObject({
  SignedEntryTimestamp: base64Bytes,
  Payload: z.strictObject({
    body: base64Bytes,
    integratedTime: z.int().min(1),
    logIndex: z.int().min(0),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
})
const rfc3161 = z.strictObject({ SignedRFC3161Timestamp: base64Bytes })
const entryKind = z.looseObject({ kind: z.string(), apiVersion: z.string() })

const V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1'

/**
 * What annotations beside a legacy layer add to its signature: a timestamp, and a certificate with its log entry, put
 * into the form of a bundle so that one verification serves both. Chains that are carried are left out: issuers come
 * from the trust policy.
 * @throws BUNDLE_INVALID
 */
export function besideLayer(
  content: SignedContent,
  signed: object,
): Pick<Opened, 'timestamps' | 'certified'> {
  const where = content.origin.manifest
  const stamp = content.timestamp
  const timestamps =
    stamp === undefined
      ? []
      : [read(rfc3161, stamp, 'a cosign timestamp annotation', where).SignedRFC3161Timestamp]
  if (content.certificate === undefined) return { timestamps, certified: undefined }
  return { timestamps, certified: certifiedBy(content, content.certificate, timestamps, signed) }
}

/** A bare signature in the form bundles have for it. */
export function messageSignature(bytes: Buffer, signature: Buffer): object {
  const digest = hash('sha256', bytes, 'base64')
  return {
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest },
      signature: signature.toString('base64'),
    },
  }
}

function certifiedBy(
  content: SignedContent,
  pem: string,
  timestamps: readonly Buffer[],
  signed: object,
): Certified | undefined {
  const where = content.origin.manifest
  const certificate = derOf(pem)
  // A raw key where a certificate belongs is nobody's (GHSA-fx35-mq7g-6g98); a key of the policy may still have signed.
  if (!certificate) return undefined
  const rawBytes = certificate.toString('base64')
  const json = {
    mediaType: V01,
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes }] },
      tlogEntries: content.logEntry === undefined ? [] : [logEntry(content.logEntry, where)],
      timestampVerificationData: {
        rfc3161Timestamps: timestamps.map((each) => ({ signedTimestamp: each.toString('base64') })),
      },
    },
    ...signed,
  }
  return { certificate, json, message: 'messageSignature' in signed ? content.bytes : undefined }
}

function logEntry(text: string, where: string): object {
  const { SignedEntryTimestamp, Payload } = read(rekorBundle, text, 'a cosign bundle annotation', where)
  const { kind, apiVersion } = read(entryKind, Payload.body, 'a log entry', where)
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex').toString('base64') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp.toString('base64') },
    canonicalizedBody: Payload.body.toString('base64'),
  }
}

function derOf(pem: string): Buffer | undefined {
  try {
    const { label, der } = readPem(pem, 'certificate')
    return label === 'CERTIFICATE' ? der : undefined
  } catch {
    return undefined
  }
}

function read<T>(schema: z.ZodType<T>, given: string | Buffer, what: string, where: string): T {
  return readShape(schema, readJson(Buffer.from(given), what, where), what, where)
}
