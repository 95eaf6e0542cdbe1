import { fail, parseJson } from '../../base/index.ts'
import { hexOf, mediaTypes } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'
import { signingErrors } from '../errors.ts'
import { writePem } from '../pem.ts'
import { isSignedBy } from '../public-key.ts'
import { seal } from '../signer.ts'
import type { LogEntryJson, Material, Signer } from '../signer.ts'

/** What cosign calls a signature or attestation in its form before bundles: a layer and what stands beside it. */
export interface LegacyLayer {
  readonly form: 'sig' | 'att'
  readonly mediaType: string
  readonly bytes: Buffer
  readonly annotations: Readonly<Record<string, string>>
}

const SIGNATURE = 'dev.cosignproject.cosign/signature'
const BESIDE = 'dev.sigstore.cosign/'

/** The tag of an image's layers in one of the forms. */
export function legacyTag(digest: Digest, form: LegacyLayer['form']): string {
  return `sha256-${hexOf(digest)}.${form}`
}

/** A verified bundle with a statement → the `.att` layer with the same signature. */
export function attestationLayer(bundle: Buffer, predicateType: string): LegacyLayer {
  const { dsseEnvelope, verificationMaterial } = parseJson(bundle, 'bundle') as BundleJson
  const { payload, payloadType, signatures } = dsseEnvelope
  const envelope = { payloadType, payload, signatures: [{ keyid: '', sig: signatures[0].sig }] }
  return {
    form: 'att',
    mediaType: mediaTypes.dsseEnvelope,
    bytes: Buffer.from(JSON.stringify(envelope)),
    annotations: { [SIGNATURE]: '', predicateType, ...beside(verificationMaterial) },
  }
}

interface EnvelopeJson {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly [{ readonly sig: string }]
}

interface BundleJson {
  readonly verificationMaterial: Material
  readonly dsseEnvelope: EnvelopeJson
}

/**
 * A new `.sig` layer: the image's digest in containers/image's simple-signing form. Its signature is another one than a
 * bundle's, which is over a statement.
 * @param reference repository, which podman and skopeo compare with the one they pull from
 * @throws SIGNATURE_INVALID, TIMESTAMP_FAILED, KEYLESS_FAILED
 */
export async function signatureLayer(
  digest: Digest,
  reference: string,
  signer: Signer,
): Promise<LegacyLayer> {
  const critical = {
    identity: { 'docker-reference': reference },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  }
  const bytes = Buffer.from(JSON.stringify({ critical, optional: null }))
  const { signature, publicKey, material } = await seal(signer, { signed: bytes })
  if (!isSignedBy(publicKey, bytes, signature))
    throw fail(
      signingErrors.SIGNATURE_INVALID,
      'The signer returned a signature that its own key does not verify.',
    )
  return {
    form: 'sig',
    mediaType: mediaTypes.cosignSimpleSigning,
    bytes,
    annotations: { [SIGNATURE]: signature.toString('base64'), ...beside(material) },
  }
}

/** An `.att` layer signed by a key → the bundle with the same signature (the signed bytes are the same). */
export function bundleOf(envelope: Buffer, hint: string, timestamps: readonly Buffer[]): Buffer {
  const { payload, payloadType, signatures } = parseJson(envelope, 'envelope') as EnvelopeJson
  const rfc3161Timestamps = timestamps.map((each) => ({ signedTimestamp: each.toString('base64') }))
  return Buffer.from(
    JSON.stringify({
      mediaType: mediaTypes.sigstoreBundle,
      verificationMaterial: {
        publicKey: { hint },
        ...(timestamps.length > 0 && { timestampVerificationData: { rfc3161Timestamps } }),
      },
      dsseEnvelope: { payload, payloadType, signatures: [{ sig: signatures[0].sig }] },
    }),
  )
}

/** What a bundle carries as its material, in cosign's annotations. */
function beside({ certificate, tlogEntries, timestampVerificationData }: Material): Record<string, string> {
  const entry = tlogEntries?.find(({ inclusionPromise }) => inclusionPromise)
  const stamp = timestampVerificationData?.rfc3161Timestamps[0]?.signedTimestamp
  const pem = certificate && writePem('CERTIFICATE', Buffer.from(certificate.rawBytes, 'base64'))
  return {
    ...(pem && { [`${BESIDE}certificate`]: pem }),
    ...(entry && { [`${BESIDE}bundle`]: JSON.stringify(rekorBundle(entry)) }),
    ...(stamp && { [`${BESIDE}rfc3161timestamp`]: JSON.stringify({ SignedRFC3161Timestamp: stamp }) }),
  }
}

function rekorBundle(entry: LogEntryJson): object {
  return {
    SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex ?? 0),
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  }
}
