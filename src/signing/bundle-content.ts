import { hash } from 'node:crypto'
import { fail } from '../base/index.ts'
import { IN_TOTO_PAYLOAD, isAbout, parseStatement } from '../attestation/index.ts'
import type { Statement } from '../attestation/index.ts'
import { digestOf } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { Bundle } from './bundle.ts'
import { preAuthEncoding } from './dsse.ts'
import { signingErrors } from './errors.ts'

export interface BundleArtifactInput {
  readonly bytes?: Buffer
  readonly digest?: Digest
}

/** A bundle whose signature holds: a statement, or a bare signature over the artifact. */
export type VerifiedBundle =
  | { readonly kind: 'statement'; readonly statement: Statement; readonly payload: Digest }
  | { readonly kind: 'message'; readonly digest: Digest }

const HASHES = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' } as const

/** What a bundle signs, before anybody has looked at the signature. */
export interface Content {
  readonly signed: Buffer
  readonly signature: Buffer
  readonly message: Buffer | undefined
  readonly result: VerifiedBundle
}

/** Takes a bundle's content apart and compares it with the artifact. @throws BUNDLE_INVALID, SUBJECT_MISMATCH */
export function contentOf(bundle: Bundle, artifact: BundleArtifactInput, where: string): Content {
  const { dsseEnvelope, messageSignature } = bundle
  if (dsseEnvelope) return statementContent(dsseEnvelope, artifact, where)
  if (!messageSignature || !artifact.bytes)
    throw invalid('The bundle is a bare signature; the bytes it signs are needed to verify it', where)
  const { algorithm, digest } = messageSignature.messageDigest
  if (!hash(HASHES[algorithm], artifact.bytes, 'buffer').equals(digest))
    throw mismatch('The bundle is about another artifact', where)
  return {
    signed: artifact.bytes,
    signature: messageSignature.signature,
    message: artifact.bytes,
    result: { kind: 'message', digest: digestOf(artifact.bytes) },
  }
}

function statementContent(
  envelope: NonNullable<Bundle['dsseEnvelope']>,
  artifact: BundleArtifactInput,
  where: string,
): Content {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD)
    throw invalid(`Found payloadType ${envelope.payloadType}, expected ${IN_TOTO_PAYLOAD}`, where)
  const statement = parseStatement(envelope.payload, where)
  const wanted = artifact.digest ?? (artifact.bytes && digestOf(artifact.bytes))
  if (wanted && !isAbout(statement, wanted)) throw mismatch(`No subject of the statement is ${wanted}`, where)
  return {
    signed: preAuthEncoding(envelope.payloadType, envelope.payload),
    signature: envelope.signatures.sig,
    message: undefined,
    result: { kind: 'statement', statement, payload: digestOf(envelope.payload) },
  }
}

function invalid(message: string, where: string) {
  return fail(signingErrors.BUNDLE_INVALID, { message: `${message}.`, where })
}

function mismatch(message: string, where: string) {
  return fail(signingErrors.SUBJECT_MISMATCH, { message: `${message}.`, where })
}
