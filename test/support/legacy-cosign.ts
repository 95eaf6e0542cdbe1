import { createPrivateKey, sign } from 'node:crypto'
import { FulcioSigner, RekorWitness } from '@sigstore/sign'
import { digestOf, emptyConfig, hexOf, manifestBytes, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor, Digest } from '../../src/oci/index.ts'
import { attachArtifact } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { preAuthEncoding } from '../../src/signing/dsse.ts'
import { blobOf } from './images.ts'
import type { SigstoreInstance } from './sigstore-instance.ts'

const IN_TOTO = 'application/vnd.in-toto+json'

/** One layer as cosign 1 and 2 wrote it (pkg/oci/static, pkg/cosign/bundle): content, and annotations beside it. */
export interface LegacyLayer {
  readonly bytes: Buffer
  readonly annotations: Readonly<Record<string, string>>
}

type Sign = (data: Buffer) => Promise<{ readonly signature: Buffer; readonly beside: Record<string, string> }>

/** Signs with a plain key. */
export function withKey(privateKeyPem: string): Sign {
  return (data) =>
    Promise.resolve({ signature: sign('sha256', data, createPrivateKey(privateKeyPem)), beside: {} })
}

/** `cosign sign`: a simple-signing payload, its signature in an annotation. */
export async function signatureLayer(digest: Digest, signing: Sign): Promise<LegacyLayer> {
  const critical = {
    identity: { 'docker-reference': 'registry.example.com/somewhere' },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  }
  const bytes = Buffer.from(JSON.stringify({ critical, optional: null }))
  const { signature, beside } = await signing(bytes)
  const annotations = { 'dev.cosignproject.cosign/signature': signature.toString('base64'), ...beside }
  return { bytes, annotations }
}

/** `cosign attest`: a DSSE envelope. */
export async function attestationLayer(statement: object, signing: Sign): Promise<LegacyLayer> {
  const payload = Buffer.from(JSON.stringify(statement))
  const { signature, beside } = await signing(preAuthEncoding(IN_TOTO, payload))
  const signatures = [{ keyid: '', sig: signature.toString('base64') }]
  const envelope = { payloadType: IN_TOTO, payload: payload.toString('base64'), signatures }
  return {
    bytes: Buffer.from(JSON.stringify(envelope)),
    annotations: { 'dev.cosignproject.cosign/signature': '', ...beside },
  }
}

/**
 * Signs with an identity of a Sigstore instance, and keeps the certificate and the log's promise beside it.
 * @param kind what Rekor logs it as
 */
export function withIdentity(
  instance: SigstoreInstance,
  subject: string,
  kind: 'hashedrekord' | 'dsse',
): Sign {
  return async (data) => {
    const fulcio = new FulcioSigner({
      fulcioBaseURL: instance.url,
      identityProvider: { getToken: () => Promise.resolve(instance.tokenFor(subject)) },
    })
    const { signature, key } = await fulcio.sign(data)
    if (key.$case !== 'x509Certificate') throw new Error('the instance gave no certificate')
    const rekor = new RekorWitness({ rekorBaseURL: instance.url, entryType: 'dsse' })
    const { tlogEntries } = await rekor.testify(contentOf(kind, data, signature), key.certificate)
    const [entry] = tlogEntries ?? []
    if (!entry) throw new Error('the instance logged nothing')
    const bundle = {
      SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp.toString('base64'),
      Payload: {
        body: entry.canonicalizedBody.toString('base64'),
        integratedTime: Number(entry.integratedTime),
        logIndex: Number(entry.logIndex),
        logID: entry.logId.keyId.toString('hex'),
      },
    }
    const beside = {
      'dev.sigstore.cosign/certificate': key.certificate,
      'dev.sigstore.cosign/bundle': JSON.stringify(bundle),
    }
    return { signature, beside }
  }
}

function contentOf(kind: 'hashedrekord' | 'dsse', data: Buffer, signature: Buffer) {
  if (kind === 'hashedrekord') {
    const digest = Buffer.from(hexOf(digestOf(data)), 'hex')
    const messageDigest = { algorithm: 1, digest }
    return { $case: 'messageSignature', messageSignature: { messageDigest, signature } } as const
  }
  // The payload follows its length at the end of the pre-authentication encoding.
  const [head = ''] = /^DSSEv1 \d+ \S+ \d+ /.exec(data.toString('latin1')) ?? []
  const dsseEnvelope = {
    payload: data.subarray(head.length),
    payloadType: IN_TOTO,
    signatures: [{ sig: signature, keyid: '' }],
  }
  return { $case: 'dsseEnvelope', dsseEnvelope } as const
}

/** Puts layers on an image the way they were kept: on a tag, or as a referrer (`oci-1-1`, Tekton Chains). */
export async function putLegacy(
  store: ImageStore,
  subject: Descriptor,
  form: 'sig' | 'att',
  layers: readonly LegacyLayer[],
  as: 'tag' | 'referrer' = 'tag',
): Promise<void> {
  const type = form === 'sig' ? mediaTypes.cosignSimpleSigning : mediaTypes.dsseEnvelope
  const blobs = layers.map(({ bytes, annotations }) => {
    const blob = blobOf(bytes, type)
    return { ...blob, listed: { ...blob.descriptor, annotations } }
  })
  const artifactType = form === 'sig' ? mediaTypes.cosignSignature : mediaTypes.inToto
  const stored = await attachArtifact(store, {
    mediaType: mediaTypes.ociManifest,
    blobs: [{ descriptor: emptyConfig.descriptor, bytes: emptyConfig.bytes }, ...blobs],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      ...(as === 'referrer' && { artifactType }),
      config: {
        ...emptyConfig.descriptor,
        mediaType: as === 'tag' ? mediaTypes.ociConfig : mediaTypes.ociEmpty,
      },
      layers: blobs.map(({ listed }) => listed),
      ...(as === 'referrer' && { subject }),
    }),
  })
  if (as === 'tag') await store.putTag(`sha256-${hexOf(subject.digest)}.${form}`, stored)
}
