import * as z from 'zod'
import { fail, isFailure, isObject, limits, parseJson, WaybillError } from '../base/index.ts'
import { mediaTypes } from '../oci/index.ts'
import { decodeBase64 } from './base64.ts'
import { base64Bytes, envelopeSchema } from './dsse.ts'
import { signingErrors } from './errors.ts'

const OLD = 'application/vnd.dev.sigstore.bundle+json;version='
const MAX_ENTRIES = 16
const MAX_PROOF = 64

// protojson writes 64-bit integers as strings and reads both.
const integer = z.union(
  [z.string().regex(/^(?:0|[1-9][0-9]{0,18})$/), z.int().min(0)],
  'expected a whole number, not negative',
)
const certificate = z.strictObject({ rawBytes: base64Bytes })

const logEntry = z.strictObject({
  // protojson leaves out a zero.
  logIndex: integer.optional(),
  logId: z.strictObject({ keyId: base64Bytes }),
  kindVersion: z.strictObject({ kind: z.string(), version: z.string() }),
  integratedTime: integer.optional(),
  inclusionPromise: z.strictObject({ signedEntryTimestamp: base64Bytes }).optional(),
  inclusionProof: z
    .strictObject({
      logIndex: integer.optional(),
      rootHash: base64Bytes,
      treeSize: integer,
      hashes: z.array(base64Bytes).max(MAX_PROOF).optional(),
      checkpoint: z.strictObject({ envelope: z.string().min(1) }).optional(),
    })
    .optional(),
  canonicalizedBody: base64Bytes,
})

const verificationMaterial = z
  .strictObject({
    publicKey: z.strictObject({ hint: z.string().optional() }).optional(),
    certificate: certificate.optional(),
    x509CertificateChain: z.strictObject({ certificates: z.array(certificate).min(1).max(8) }).optional(),
    tlogEntries: z.array(logEntry).max(MAX_ENTRIES).default([]),
    timestampVerificationData: z
      .strictObject({
        rfc3161Timestamps: z
          .array(z.strictObject({ signedTimestamp: base64Bytes }))
          .max(MAX_ENTRIES)
          .optional(),
      })
      .optional(),
  })
  .refine(
    (given) => [given.publicKey, given.certificate, given.x509CertificateChain].filter(Boolean).length === 1,
    'expected exactly one of publicKey, certificate and x509CertificateChain',
  )

const bundleSchema = z
  .strictObject({
    mediaType: z.enum([mediaTypes.sigstoreBundle, `${OLD}0.3`, `${OLD}0.2`, `${OLD}0.1`]),
    verificationMaterial,
    dsseEnvelope: envelopeSchema.optional(),
    messageSignature: z
      .strictObject({
        messageDigest: z.strictObject({
          algorithm: z.enum(['SHA2_256', 'SHA2_384', 'SHA2_512']),
          digest: base64Bytes,
        }),
        signature: base64Bytes,
      })
      .optional(),
  })
  .refine(
    (given) => (given.dsseEnvelope === undefined) !== (given.messageSignature === undefined),
    'expected either dsseEnvelope or messageSignature',
  )
  .superRefine((given, context) => {
    const { tlogEntries, x509CertificateChain } = given.verificationMaterial
    const flag = (message: string) => context.addIssue({ code: 'custom', message })
    const v01 = given.mediaType === `${OLD}0.1`
    if (x509CertificateChain && !v01 && given.mediaType !== `${OLD}0.2`)
      flag('a certificate chain is not allowed from version 0.3 on')
    if (v01 && tlogEntries.some((entry) => !entry.inclusionPromise)) flag('a log entry has no promise')
    if (!v01 && tlogEntries.some((entry) => !entry.inclusionProof?.checkpoint))
      flag('a log entry has no inclusion proof with a checkpoint')
  })

/** A Sigstore bundle, versions 0.1 to 0.3, with every base64 field decoded. */
export type Bundle = z.infer<typeof bundleSchema>

/**
 * Bytes → Sigstore bundle, strictly: known media type, no unknown or duplicate field, strict base64, one signature.
 * `json` is the same content as parsed, for readers that need the original form.
 * @throws BUNDLE_INVALID
 */
export function parseBundle(bytes: Uint8Array, where: string): { bundle: Bundle; json: unknown } {
  const json = readJson(bytes, 'bundle', where)
  const plain = plainBundle(json)
  return plain
    ? { bundle: plain, json }
    : { bundle: readShape(bundleSchema, json, 'a Sigstore bundle', where), json }
}

/**
 * The form Waybill and cosign give a statement signed with a key, and nothing beside it: every verification asks for it,
 * so it is read without the schema, which reads it the same and says of others what is wrong.
 */
function plainBundle(json: unknown): Bundle | undefined {
  if (!hasOnly(json, 'mediaType', 'verificationMaterial', 'dsseEnvelope')) return undefined
  const { mediaType, verificationMaterial: material, dsseEnvelope: envelope } = json
  if (mediaType !== mediaTypes.sigstoreBundle || !hasOnly(material, 'publicKey')) return undefined
  if (!hasOnly(material.publicKey, 'hint') || !hasOnly(envelope, 'payload', 'payloadType', 'signatures'))
    return undefined
  const { hint } = material.publicKey
  const { payload, payloadType, signatures } = envelope
  const only: unknown = Array.isArray(signatures) && signatures.length === 1 ? signatures[0] : undefined
  if (typeof hint !== 'string' || typeof payloadType !== 'string' || !payloadType || !hasOnly(only, 'sig'))
    return undefined
  const [bytes, sig] = [payload, only.sig].map((text) =>
    typeof text === 'string' ? decodeBase64(text) : undefined,
  )
  if (!bytes?.length || !sig?.length) return undefined
  return {
    mediaType,
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope: { payload: bytes, payloadType, signatures: { sig } },
  }
}

/** An object with exactly these keys. */
function hasOnly<K extends string>(value: unknown, ...keys: readonly K[]): value is Record<K, unknown> {
  return (
    isObject(value) &&
    Object.keys(value).length === keys.length &&
    keys.every((key) => Object.hasOwn(value, key))
  )
}

/** Foreign JSON of at most `limits.bundleBytes`. @throws BUNDLE_INVALID */
export function readJson(bytes: Uint8Array, what: string, where: string): unknown {
  if (bytes.length > limits.bundleBytes)
    throw invalid(`The ${what} has ${bytes.length} bytes, the limit is ${limits.bundleBytes}`, where)
  try {
    return parseJson(bytes, where)
  } catch (cause) {
    if (isFailure(cause)) throw invalid(cause.message.replace(/\.$/, ''), where, cause)
    throw cause
  }
}

/** Foreign JSON through its schema. @throws BUNDLE_INVALID */
export function readShape<T>(schema: z.ZodType<T>, json: unknown, what: string, where: string): T {
  const read = schema.safeParse(json)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  throw invalid(`Not ${what}: ${issue?.path.join('.') || 'top level'}: ${issue?.message}`, where)
}

function invalid(message: string, where: string, cause?: unknown): WaybillError {
  return fail(signingErrors.BUNDLE_INVALID, { message: `${message}.`, where, cause })
}
