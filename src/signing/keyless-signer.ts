import { createPublicKey, hash } from 'node:crypto'
import { HashAlgorithm, TransparencyLogEntry } from '@sigstore/protobuf-specs'
import { FulcioSigner, InternalError, RekorWitness } from '@sigstore/sign'
import type { SignatureBundle } from '@sigstore/sign'
import { fail } from '../base/index.ts'
import { signingErrors } from './errors.ts'
import { readPem } from './pem.ts'
import type { LogEntryJson, Material, Seal, SealingSigner, ToSeal } from './signer.ts'
import { requestTimestamp } from './time/request-timestamp.ts'

/** An instance of Sigstore, public or your own, and who signs there. */
export interface KeylessService {
  /** Base address of the certificate authority. */
  readonly fulcio: string
  /** Base address of the transparency log. */
  readonly rekor: string | undefined
  /** Address of a time-stamp authority. */
  readonly tsa: string | undefined
  /** An OpenID Connect token for audience `sigstore`. It is a secret. */
  readonly identityToken: () => Promise<string>
}

const WAIT = { timeout: 20_000, retry: 2 }

/**
 * Signs with a key that is made for one signature, and a certificate for the identity of a token. The certificate lives
 * ten minutes, so a log's promise or a timestamp must prove that the signature was made in them.
 * @throws KEYLESS_WITHOUT_TIME
 */
export function keylessSigner(service: KeylessService, signal?: AbortSignal): SealingSigner {
  const { rekor, tsa } = service
  if (rekor === undefined && tsa === undefined) throw withoutTime()
  return { seal: (content) => sealKeyless(service, content, signal) }
}

async function sealKeyless(
  service: KeylessService,
  content: ToSeal,
  signal: AbortSignal | undefined,
): Promise<Seal> {
  const token = await service.identityToken()
  const fulcio = new FulcioSigner({
    ...WAIT,
    fulcioBaseURL: service.fulcio,
    identityProvider: { getToken: () => Promise.resolve(token) },
  })
  const { signature, key } = await asked(service.fulcio, () => fulcio.sign(content.signed))
  if (key.$case !== 'x509Certificate') throw failed(service.fulcio, 'The authority gave no certificate')
  const { label, der } = readPem(key.certificate, service.fulcio)
  if (label !== 'CERTIFICATE') throw failed(service.fulcio, `The authority gave a "${label}"`)
  const logged = service.rekor ? await log(service.rekor, content, signature, key.certificate) : {}
  const stamp = service.tsa && (await requestTimestamp(service.tsa, signature, signal))
  const rfc3161Timestamps = stamp ? [{ signedTimestamp: stamp.toString('base64') }] : []
  const material: Material = {
    certificate: { rawBytes: der.toString('base64') },
    ...logged,
    ...(stamp && { timestampVerificationData: { rfc3161Timestamps } }),
  }
  return { signature, publicKey: createPublicKey(key.certificate), material }
}

async function log(
  rekor: string,
  content: ToSeal,
  signature: Buffer,
  certificate: string,
): Promise<Pick<Material, 'tlogEntries'>> {
  const witness = new RekorWitness({ ...WAIT, rekorBaseURL: rekor, entryType: 'dsse' })
  const { tlogEntries } = await asked(rekor, () => witness.testify(loggedAs(content, signature), certificate))
  if (!tlogEntries.some((entry) => entry.inclusionPromise)) throw withoutTime(rekor)
  return { tlogEntries: tlogEntries.map((entry) => TransparencyLogEntry.toJSON(entry) as LogEntryJson) }
}

function loggedAs({ signed, envelope }: ToSeal, signature: Buffer): SignatureBundle {
  if (envelope) {
    const dsseEnvelope = { ...envelope, signatures: [{ sig: signature, keyid: '' }] }
    return { $case: 'dsseEnvelope', dsseEnvelope }
  }
  const messageDigest = { algorithm: HashAlgorithm.SHA2_256, digest: hash('sha256', signed, 'buffer') }
  return { $case: 'messageSignature', messageSignature: { messageDigest, signature } }
}

async function asked<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    // The library's own messages may quote the identity token: only what the service answered is told.
    const answer = cause instanceof InternalError && cause.cause instanceof Error ? cause.cause : undefined
    const known = cause instanceof InternalError && !cause.code.startsWith('IDENTITY_TOKEN')
    throw failed(where, known && answer ? `It refused: ${answer.message}` : 'It could not be asked')
  }
}

function failed(where: string, message: string) {
  return fail(signingErrors.KEYLESS_FAILED, { message: `${message}.`, where })
}

function withoutTime(where?: string) {
  return fail(signingErrors.KEYLESS_WITHOUT_TIME, {
    message: where
      ? 'The log gave no signed promise, so nothing proves when this was signed.'
      : 'Neither a log nor a time-stamp authority is named, so nothing would prove when this was signed.',
    ...(where !== undefined && { where }),
  })
}
