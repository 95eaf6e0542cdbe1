import { fail, limits } from '../base/index.ts'
import { IN_TOTO_PAYLOAD, parseStatement } from '../attestation/index.ts'
import type { Statement } from '../attestation/index.ts'
import { digestOf, mediaTypes } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { preAuthEncoding } from './dsse.ts'
import { signingErrors } from './errors.ts'
import { isSignedBy } from './public-key.ts'
import { seal } from './signer.ts'
import type { Material, Signer } from './signer.ts'

/** One signed fact, ready to be attached to an image. */
export interface SignedBundle {
  /** The bundle's JSON, as stored and hashed. */
  readonly bytes: Buffer
  /** sha256 of the DSSE payload: the fact's identity. */
  readonly payload: Digest
  readonly predicateType: string
  /** A time-stamp authority was asked about the signature. */
  readonly timestamped: boolean
}

/**
 * Signs a statement into a Sigstore bundle v0.3, byte for byte as cosign writes one. `keyid` stays out: it is
 * unsigned, and slsa-verifier refuses one it does not expect.
 * @throws STATEMENT_INVALID, BUNDLE_INVALID when it is too large, SIGNATURE_INVALID when the signer's key is another;
 * TIMESTAMP_FAILED, KEYLESS_FAILED, KEYLESS_WITHOUT_TIME
 */
export async function signStatement(statement: Statement, signer: Signer): Promise<SignedBundle> {
  const payload = Buffer.from(JSON.stringify(statement))
  parseStatement(payload, 'statement to sign')
  const signed = preAuthEncoding(IN_TOTO_PAYLOAD, payload)
  const { signature, publicKey, material } = await seal(signer, {
    signed,
    envelope: { payload, payloadType: IN_TOTO_PAYLOAD },
  })
  // A remote signer can answer with another key version; publish nothing that does not verify.
  if (!isSignedBy(publicKey, signed, signature)) {
    throw fail(signingErrors.SIGNATURE_INVALID, {
      message:
        'The signer returned a signature that its own public key does not verify; nothing was written.',
      next: 'Check that the private and public key (or key version) of this signer belong together.',
    })
  }
  const bytes = Buffer.from(JSON.stringify(bundleJson(payload, signature, material)))
  if (bytes.length > limits.bundleBytes)
    throw fail(
      signingErrors.BUNDLE_INVALID,
      `The bundle has ${bytes.length} bytes, the limit is ${limits.bundleBytes}; attach large content by reference.`,
    )
  const timestamped = material.timestampVerificationData !== undefined
  return { bytes, payload: digestOf(payload), predicateType: statement.predicateType, timestamped }
}

function bundleJson(payload: Buffer, signature: Buffer, material: Material) {
  return {
    mediaType: mediaTypes.sigstoreBundle,
    verificationMaterial: material,
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO_PAYLOAD,
      signatures: [{ sig: signature.toString('base64') }],
    },
  }
}
