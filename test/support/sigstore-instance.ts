import { generateKeyPairSync, hash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler } from '@sigstore/mock'
import type { Cleanup } from './registries.ts'
import { TestAuthority } from './timestamps.ts'

const ISSUER = 'https://issuer.example.com'

/** A private Sigstore instance on loopback: authority, log and time-stamp authority, with what trusts it. */
export interface SigstoreInstance {
  readonly url: string
  /** trusted_root.json. */
  readonly trustedRoot: string
  readonly issuer: string
  /** Paths that were asked, in order. */
  readonly asked: readonly string[]
  /** An identity token for somebody. */
  tokenFor(subject: string): string
}

export interface InstanceOptions {
  /** The log gives entries without its promise. */
  readonly withoutPromise?: boolean
  /** The log signs another entry than it was given. */
  readonly otherEntry?: boolean
  /** The log names another key than the one that signed. */
  readonly otherVerifier?: boolean
  /** The authority stamps another signature. */
  readonly otherImprint?: boolean
}

export async function sigstoreInstance(t: Cleanup, options: InstanceOptions = {}): Promise<SigstoreInstance> {
  const keys = { ca: pair(), ctlog: pair(), tlog: pair() }
  const ctlog = await initializeCTLog(keys.ctlog)
  const ca = await initializeCA(keys.ca, ctlog)
  const tsa = new TestAuthority('instance')
  const asked: string[] = []
  const server = createServer((request, response) => {
    void answer(request).then(({ status, type, body }) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    )
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  t.after(() => new Promise<void>((closed) => void server.close(() => closed())))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const tlog = await initializeTLog(url, keys.tlog)
  const fulcio = fulcioHandler(ca)
  const rekor = rekorHandler(tlog)

  async function answer(
    request: IncomingMessage,
  ): Promise<{ status: number; type: string; body: string | Buffer }> {
    const body = await bodyOf(request)
    asked.push(request.url ?? '')
    switch (request.url) {
      case fulcio.path:
        return handled(fulcio.fn(body.toString('utf8')))
      case rekor.path:
        return handled(rekor.fn(JSON.stringify(canonicalEntry(body, options))).then(withoutPromise(options)))
      case '/timestamp':
        return { status: 200, type: 'application/timestamp-reply', body: stamp(body) }
      default:
        return { status: 404, type: 'text/plain', body: 'nothing here' }
    }
  }

  function stamp(query: Buffer): Buffer {
    return tsa.answer(query, options.otherImprint ? { imprint: Buffer.alloc(32, 1) } : {})
  }

  const trustedRoot = rootOf({
    url,
    ca: ca.rootCertificate as Buffer,
    tsa: tsa.certificates,
    ctlog: keys.ctlog.publicKey,
    tlog: keys.tlog.publicKey,
  })
  return { url, trustedRoot, issuer: ISSUER, asked, tokenFor }
}

function tokenFor(subject: string): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ iss: ISSUER, sub: subject, aud: 'sigstore' })}.${part({})}`
}

function pair() {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
}

interface MockAnswer {
  readonly statusCode: number
  readonly response: unknown
  readonly contentType?: string
}

async function handled(answering: Promise<MockAnswer>) {
  const { statusCode, response, contentType = 'text/plain' } = await answering
  return { status: statusCode, type: contentType, body: response as string }
}

/** What Rekor keeps of a proposed entry: of dsse v0.0.1 hashes, the signature and its verifier; of hashedrekord all. */
function canonicalEntry(body: Buffer, { otherEntry, otherVerifier }: InstanceOptions): object {
  const proposed = JSON.parse(body.toString('utf8'))
  const { kind, apiVersion, spec } = proposed
  const stranger = pair().publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const other = Buffer.from(stranger).toString('base64')
  if (kind === 'hashedrekord') {
    if (otherVerifier) spec.signature.publicKey.content = other
    return proposed
  }
  const { envelope, verifiers } = spec.proposedContent
  const { payload, signatures } = JSON.parse(envelope)
  const sha256 = (bytes: Buffer) => ({ algorithm: 'sha256', value: hash('sha256', bytes) })
  const signature = otherEntry ? Buffer.from('another signature').toString('base64') : signatures[0].sig
  return {
    kind,
    apiVersion,
    spec: {
      envelopeHash: sha256(Buffer.from(envelope)),
      payloadHash: sha256(Buffer.from(payload, 'base64')),
      signatures: [{ signature, verifier: otherVerifier ? other : verifiers[0] }],
    },
  }
}

function withoutPromise(options: InstanceOptions) {
  return (answer: MockAnswer): MockAnswer => {
    if (!options.withoutPromise) return answer
    const entries = JSON.parse(String(answer.response))
    for (const entry of Object.values(entries) as { verification: Record<string, unknown> }[])
      delete entry.verification.signedEntryTimestamp
    return { ...answer, response: JSON.stringify(entries) }
  }
}

interface RootParts {
  readonly url: string
  readonly ca: Buffer
  readonly tsa: readonly Buffer[]
  readonly ctlog: KeyObject
  readonly tlog: KeyObject
}

function rootOf({ url, ca, tsa, ctlog, tlog }: RootParts): string {
  const validFor = { start: '2020-01-01T00:00:00Z' }
  const chain = (certificates: readonly Buffer[]) => ({
    certificates: certificates.map((each) => ({ rawBytes: each.toString('base64') })),
  })
  const log = (key: KeyObject) => {
    const rawBytes = key.export({ type: 'spki', format: 'der' })
    return {
      baseUrl: url,
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: rawBytes.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor },
      logId: { keyId: hash('sha256', rawBytes, 'base64') },
    }
  }
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    tlogs: [log(tlog)],
    certificateAuthorities: [{ subject: {}, uri: url, certChain: chain([ca]), validFor }],
    ctlogs: [log(ctlog)],
    timestampAuthorities: [{ subject: {}, uri: url, certChain: chain(tsa), validFor }],
  })
}
