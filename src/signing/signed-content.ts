import * as z from 'zod'
import { fail } from '../base/index.ts'
import { IN_TOTO_PAYLOAD, makeStatement, parseStatement, predicateTypes } from '../attestation/index.ts'
import type { Statement, StatementOrigin } from '../attestation/index.ts'
import { digestOf, parseDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { decodeBase64 } from './base64.ts'
import { parseBundle, readJson, readShape } from './bundle.ts'
import { envelopeSchema, preAuthEncoding } from './dsse.ts'
import type { Envelope } from './dsse.ts'
import { signingErrors } from './errors.ts'
import { besideLayer, messageSignature } from './legacy/beside-layer.ts'

/** Something signed, as it was found on an image. Nothing in it is trusted yet. */
export interface SignedContent {
  readonly format: 'bundle' | 'legacy-attestation' | 'legacy-signature'
  /** Bundle JSON, DSSE envelope JSON, or simple-signing payload. */
  readonly bytes: Buffer
  /** legacy-signature only: base64, from the layer's annotation. */
  readonly signature?: string
  /** PEM beside a legacy layer. Carried, never trusted. */
  readonly certificate?: string
  /** JSON beside a legacy layer: the entry of a transparency log with its promise. */
  readonly logEntry?: string
  /** JSON beside a legacy layer: an RFC 3161 response about the signature. */
  readonly timestamp?: string
  readonly origin: StatementOrigin
}

/** Signed content taken apart: what was signed, with what, and how to read it once the signature holds. */
export interface Opened {
  readonly signed: Buffer
  readonly signature: Buffer
  /** sha256 of the payload. */
  readonly payload: Digest
  /** Which key it says it was made with; a hint only. */
  readonly hint: string | undefined
  /** RFC 3161 responses about the signature, as they came. */
  readonly timestamps: readonly Buffer[]
  /** May one of the policy's keys have made it? A bundle says whether a key or a certificate did. */
  readonly byKey: boolean
  readonly certified: Certified | undefined
  /** Parses the payload. @throws STATEMENT_INVALID, JSON_INVALID, BUNDLE_INVALID */
  readonly statement: () => Statement
}

/** A signature with a certificate beside it. */
export interface Certified {
  /** DER of the certificate that is said to have made it. */
  readonly certificate: Buffer
  /** The same as a Sigstore bundle: what keyless verification reads. */
  readonly json: unknown
  /** The signed bytes, when that bundle is a bare signature over them. */
  readonly message: Buffer | undefined
}

/** Form only, no trust. @throws BUNDLE_INVALID */
export function openContent(content: SignedContent): Opened {
  const where = content.origin.manifest
  switch (content.format) {
    case 'bundle':
      return openBundle(content.bytes, where)
    case 'legacy-attestation': {
      const json = readJson(content.bytes, 'envelope', where)
      const opened = openEnvelope(readShape(envelopeSchema, json, 'a DSSE envelope', where), where)
      return { ...opened, ...besideLayer(content, { dsseEnvelope: json }) }
    }
    case 'legacy-signature':
      return openSimpleSigning(content, where)
  }
}

function openBundle(bytes: Buffer, where: string): Opened {
  const { bundle, json } = parseBundle(bytes, where)
  if (!bundle.dsseEnvelope)
    throw invalid('Found a bare signature, expected a statement (dsseEnvelope)', where)
  const { publicKey, certificate, x509CertificateChain, timestampVerificationData } =
    bundle.verificationMaterial
  const leaf = (certificate ?? x509CertificateChain?.certificates[0])?.rawBytes
  return {
    ...openEnvelope(bundle.dsseEnvelope, where),
    hint: publicKey?.hint,
    timestamps: timestampVerificationData?.rfc3161Timestamps?.map((each) => each.signedTimestamp) ?? [],
    byKey: publicKey !== undefined,
    certified: leaf && { certificate: leaf, json, message: undefined },
  }
}

function openEnvelope(envelope: Envelope, where: string): Opened {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD)
    throw invalid(`Found payloadType ${envelope.payloadType}, expected ${IN_TOTO_PAYLOAD}`, where)
  return {
    signed: preAuthEncoding(envelope.payloadType, envelope.payload),
    signature: envelope.signatures.sig,
    payload: digestOf(envelope.payload),
    ...NOTHING_BESIDE,
    statement: () => parseStatement(envelope.payload, where),
  }
}

const NOTHING_BESIDE = { hint: undefined, timestamps: [], byKey: true, certified: undefined } as const

// containers/image signature format; `optional` is the signer's own and may hold anything.
const simpleSigning = z.strictObject({
  critical: z.strictObject({
    identity: z.strictObject({ 'docker-reference': z.string() }),
    image: z.strictObject({ 'docker-manifest-digest': z.string() }),
    type: z.literal('cosign container image signature'),
  }),
  optional: z.unknown(),
})

function openSimpleSigning(content: SignedContent, where: string): Opened {
  const signature = content.signature === undefined ? undefined : decodeBase64(content.signature)
  if (!signature) throw invalid('The layer has no signature annotation in standard base64', where)
  const json = readJson(content.bytes, 'payload', where)
  const { critical } = readShape(simpleSigning, json, 'a simple-signing payload', where)
  return {
    signed: content.bytes,
    signature,
    payload: digestOf(content.bytes),
    ...NOTHING_BESIDE,
    ...besideLayer(content, messageSignature(content.bytes, signature)),
    // cosign's docker-reference is not part of the claim: the image may have been promoted since.
    statement: () =>
      makeStatement(
        [parseDigest(critical.image['docker-manifest-digest'], where)],
        predicateTypes.signature,
        {},
      ),
  }
}

function invalid(message: string, where: string) {
  return fail(signingErrors.BUNDLE_INVALID, { message: `${message}.`, where })
}
