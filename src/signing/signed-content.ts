import * as z from 'zod'
import { fail } from '../base/index.ts'
import { IN_TOTO_PAYLOAD, makeStatement, parseStatement, predicateTypes } from '../attestation/index.ts'
import type { Statement, StatementOrigin } from '../attestation/index.ts'
import { digestOf, parseDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { decodeBase64 } from './base64.ts'
import { parseBundle, readJson, readShape } from './bundle.ts'
import type { Bundle } from './bundle.ts'
import { envelopeSchema, preAuthEncoding } from './dsse.ts'
import type { Envelope } from './dsse.ts'
import { signingErrors } from './errors.ts'

/** Something signed, as it was found on an image. Nothing in it is trusted yet. */
export interface SignedContent {
  readonly format: 'bundle' | 'legacy-attestation' | 'legacy-signature'
  /** Bundle JSON, DSSE envelope JSON, or simple-signing payload. */
  readonly bytes: Buffer
  /** legacy-signature only: base64, from the layer's annotation. */
  readonly signature?: string
  /** PEM beside a legacy layer. Carried, never trusted. */
  readonly certificate?: string
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
  /** A legacy layer with a certificate beside it: whose log proof is not carried here, so it cannot be verified. */
  readonly certified: boolean
  /** Set when a certificate, and no key, made the signature of a bundle. */
  readonly keyless: { readonly json: unknown; readonly material: Bundle['verificationMaterial'] } | undefined
  /** Parses the payload. @throws STATEMENT_INVALID, JSON_INVALID, BUNDLE_INVALID */
  readonly statement: () => Statement
}

/** Form only, no trust. @throws BUNDLE_INVALID */
export function openContent(content: SignedContent): Opened {
  const where = content.origin.manifest
  switch (content.format) {
    case 'bundle':
      return openBundle(content.bytes, where)
    case 'legacy-attestation': {
      const json = readJson(content.bytes, 'envelope', where)
      const envelope = readShape(envelopeSchema, json, 'a DSSE envelope', where)
      return { ...openEnvelope(envelope, where), certified: content.certificate !== undefined }
    }
    case 'legacy-signature':
      return openSimpleSigning(content, where)
  }
}

function openBundle(bytes: Buffer, where: string): Opened {
  const { bundle, json } = parseBundle(bytes, where)
  if (!bundle.dsseEnvelope)
    throw invalid('Found a bare signature, expected a statement (dsseEnvelope)', where)
  const material = bundle.verificationMaterial
  return {
    ...openEnvelope(bundle.dsseEnvelope, where),
    hint: material.publicKey?.hint,
    keyless: material.publicKey ? undefined : { json, material },
  }
}

function openEnvelope(envelope: Envelope, where: string): Opened {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD)
    throw invalid(`Found payloadType ${envelope.payloadType}, expected ${IN_TOTO_PAYLOAD}`, where)
  return {
    signed: preAuthEncoding(envelope.payloadType, envelope.payload),
    signature: envelope.signatures.sig,
    payload: digestOf(envelope.payload),
    hint: undefined,
    certified: false,
    keyless: undefined,
    statement: () => parseStatement(envelope.payload, where),
  }
}

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
    hint: undefined,
    certified: content.certificate !== undefined,
    keyless: undefined,
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
