import { spawnSync } from 'node:child_process'
import { createECDH, createHash, createHmac, createVerify, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Send } from '../../src/cloud/index.ts'
import { RegistryClient } from '../../src/registry/index.ts'
import { temporaryDirectory } from './registries.ts'
import type { Cleanup } from './registries.ts'

// Key services as their REST references describe them: Azure Key Vault 7.4 and Entra v2.0, AWS KMS 2014-11-01 and
// STS, Google Cloud KMS v1 and OAuth 2.0, Vault 1.x transit. Written by hand; nothing here is Waybill's own code.

const OPENSSL = 'openssl'

/** One request to a service: where it would have gone, and what it held. */
export interface KmsRequest {
  readonly method: string
  readonly address: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Status, body, and headers if there are any. */
export type KmsAnswer = readonly [number, string | object, Readonly<Record<string, string>>?]

/** Whoever answers for the hosts of a cloud. */
export interface CloudAnswers {
  readonly answer: (request: KmsRequest) => KmsAnswer | Promise<KmsAnswer>
}

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function keyPair(namedCurve = 'prime256v1'): KeyPair {
  return generateKeyPairSync('ec', { namedCurve })
}

/** All of them together. A test reads what was asked, changes keys, and may answer in a service's stead. */
export class KmsServices {
  readonly seen: KmsRequest[] = []
  /** The versions of the one key that every service has; the last is the newest. */
  readonly versions: KeyPair[] = [keyPair()]
  /** Asked first; what it gives is the answer. */
  instead: ((request: KmsRequest) => KmsAnswer | undefined) | undefined
  /** What logins give; changed, earlier ones are refused. */
  token = 'cloud-token-0001'
  readonly serviceAccount = generateKeyPairSync('rsa', { modulusLength: 2048 })

  answer(request: KmsRequest): KmsAnswer {
    this.seen.push(request)
    const instead = this.instead?.(request)
    if (instead) return instead
    const { host } = new URL(request.address)
    if (host === 'login.microsoftonline.com') return this.#entra(request)
    if (host.endsWith('.vault.azure.net')) return this.#azure(request, host)
    if (host.startsWith('sts.')) return this.#sts()
    if (host.startsWith('kms.') || host === 'kms.lab.example:4566') return this.#aws(request)
    if (host === 'oauth2.googleapis.com') return this.#google(request)
    if (host === 'cloudkms.googleapis.com') return this.#cloudKms(request)
    return this.#vault(request)
  }

  /** The addresses asked for so far. */
  get addresses(): readonly string[] {
    return this.seen.map(({ method, address }) => `${method} ${address}`)
  }

  pair(version: number): KeyPair {
    const found = this.versions[version - 1]
    if (!found) throw new Error(`no version ${version}`)
    return found
  }

  #entra({ body }: KmsRequest): KmsAnswer {
    const form = new URLSearchParams(body)
    const proven =
      form.get('client_secret') === 'azure-secret-1' || form.get('client_assertion') === 'job-jwt-1'
    if (!proven || form.get('client_id') !== 'app-1') return [401, { error: 'invalid_client' }]
    // A token is good for the audience it was asked for.
    return [200, { access_token: `${this.token}@${form.get('scope')}`, expires_in: 3599 }]
  }

  #azure(request: KmsRequest, host: string): KmsAnswer {
    const { pathname, searchParams } = new URL(request.address)
    if (request.headers.authorization !== `Bearer ${this.token}@https://vault.azure.net/.default`)
      return [
        401,
        { error: { code: 'Unauthorized', message: `AKV10022: not for ${request.headers.authorization}` } },
      ]
    if (searchParams.get('api-version') !== '7.4') return [400, { error: { code: 'BadParameter' } }]
    const [, , name, version = String(this.versions.length), action] = pathname.split('/')
    const number = Number(version.replace(/^v/, ''))
    if (name !== 'release' || !this.versions[number - 1])
      return [404, { error: { code: 'KeyNotFound', message: 'no such key' } }]
    const kid = `https://${host}/keys/${name}/v${number}`
    if (action === 'sign') {
      const { alg, value } = JSON.parse(request.body) as { alg: string; value: string }
      if (alg !== 'ES256') return [400, { error: { code: 'BadParameter' } }]
      const raw = signDigest(this.pair(number), Buffer.from(value, 'base64url'), 'raw')
      return [200, { kid, value: raw.toString('base64url') }]
    }
    const key = { ...this.pair(number).publicKey.export({ format: 'jwk' }), kid, key_ops: ['sign', 'verify'] }
    return [200, { key: { ...key, kty: 'EC-HSM' }, attributes: { enabled: true, exp: 4_000_000_000 } }]
  }

  #sts(): KmsAnswer {
    return [
      200,
      `<R><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role/secret+1</SecretAccessKey><SessionToken>${Buffer.from(this.token).toString('base64')}</SessionToken></Credentials></R>`,
    ]
  }

  #aws(request: KmsRequest): KmsAnswer {
    const session = request.headers['x-amz-security-token']
    if (session !== undefined && session !== Buffer.from(this.token).toString('base64'))
      return [
        400,
        { __type: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
      ]
    const secret = session === undefined ? 'aws-secret-1' : 'role/secret+1'
    const wrong = signatureFlaw(request, secret, 'kms')
    if (wrong) return [400, { __type: 'InvalidSignatureException', message: wrong }]
    const asked = JSON.parse(request.body) as Record<string, string>
    const id = asked.KeyId ?? ''
    const current = AWS_KEYS[this.versions.length - 1] ?? ''
    const arn = id.includes('alias/release') || AWS_KEYS.every((each) => !each.endsWith(id)) ? current : id
    const number = AWS_KEYS.findIndex((each) => each.endsWith(arn)) + 1
    if (id.includes('alias/') && !id.endsWith('alias/release'))
      return [400, { __type: 'NotFoundException', message: `Alias ${id} is not found.` }]
    const KeyId = AWS_KEYS[number - 1] ?? ''
    if (request.headers['x-amz-target'] === 'TrentService.GetPublicKey') {
      const PublicKey = this.pair(number).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
      const kind = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', SigningAlgorithms: ['ECDSA_SHA_256'] }
      return [200, { KeyId, PublicKey, ...kind }]
    }
    if (asked.MessageType !== 'DIGEST' || asked.SigningAlgorithm !== 'ECDSA_SHA_256')
      return [400, { __type: 'InvalidKeyUsageException' }]
    const signature = signDigest(this.pair(number), Buffer.from(asked.Message ?? '', 'base64'), 'der')
    return [200, { KeyId, Signature: signature.toString('base64'), SigningAlgorithm: 'ECDSA_SHA_256' }]
  }

  #google({ body }: KmsRequest): KmsAnswer {
    const form = new URLSearchParams(body)
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
    const signed = createVerify('sha256').update(`${head}.${claims}`)
    const valid = signed.verify(this.serviceAccount.publicKey, signature, 'base64url')
    const { iss, aud } = valid
      ? (JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>)
      : {}
    if (iss !== 'ci@contoso.iam.gserviceaccount.com' || aud !== 'https://oauth2.googleapis.com/token')
      return [400, { error: 'invalid_grant' }]
    return [200, { access_token: this.token, expires_in: 3599, token_type: 'Bearer' }]
  }

  #cloudKms(request: KmsRequest): KmsAnswer {
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return [
        401,
        { error: { code: 401, status: 'UNAUTHENTICATED', message: 'Request had invalid credentials.' } },
      ]
    const { pathname } = new URL(request.address)
    const [, key = '', rest = ''] = /^\/v1\/(projects\/.*\/cryptoKeys\/release)(\/.*)?$/.exec(pathname) ?? []
    if (!key) return [404, { error: { code: 404, status: 'NOT_FOUND', message: 'CryptoKey not found.' } }]
    const name = (number: number) => `${key}/cryptoKeyVersions/${number}`
    if (rest === '/cryptoKeyVersions') {
      const all = this.versions.map((_, at) => ({ name: name(at + 1), state: 'ENABLED' }))
      return [200, { cryptoKeyVersions: all, totalSize: all.length }]
    }
    const [, version, action] = /^\/cryptoKeyVersions\/(\d+)(\/publicKey|:asymmetricSign)$/.exec(rest) ?? []
    const number = Number(version)
    if (action === '/publicKey') {
      const pem = this.pair(number).publicKey.export({ type: 'spki', format: 'pem' })
      return [200, { pem, algorithm: 'EC_SIGN_P256_SHA256', name: name(number), protectionLevel: 'HSM' }]
    }
    const { digest } = JSON.parse(request.body) as { digest: { sha256: string } }
    const signature = signDigest(this.pair(number), Buffer.from(digest.sha256, 'base64'), 'der')
    return [200, { signature: signature.toString('base64'), name: name(number) }]
  }

  #vault(request: KmsRequest): KmsAnswer {
    const { pathname } = new URL(request.address)
    if (pathname === '/v1/auth/jwt/login') {
      const { role, jwt } = JSON.parse(request.body) as Record<string, string>
      if (role !== 'release' || jwt !== 'job-jwt-1') return [400, { errors: ['error validating token'] }]
      return [200, { auth: { client_token: this.token, lease_duration: 3600 } }]
    }
    if (request.headers['x-vault-token'] !== this.token) return [403, { errors: ['permission denied'] }]
    if (pathname === '/v1/transit/keys/release') {
      const pem = (pair: KeyPair) => pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const keys = this.versions.map(
        (pair, at) => [at + 1, { public_key: pem(pair), name: 'P-256' }] as const,
      )
      const latest_version = this.versions.length
      return [200, { data: { type: 'ecdsa-p256', latest_version, keys: Object.fromEntries(keys) } }]
    }
    if (pathname === '/v1/transit/verify/release/sha2-256') {
      const { input, signature } = JSON.parse(request.body) as Record<string, string>
      const [, number = '', der = ''] = /^vault:v(\d+):(.+)$/.exec(signature ?? '') ?? []
      const pair = this.versions[Number(number) - 1]
      return [200, { data: { valid: pair !== undefined && isSigned(pair, input ?? '', der) } }]
    }
    if (pathname !== '/v1/transit/sign/release/sha2-256') return [404, { errors: [] }]
    const asked = JSON.parse(request.body) as { input: string; prehashed: boolean; key_version: unknown }
    if (!asked.prehashed) return [400, { errors: ['expected a digest'] }]
    // The newest is 0, a number or a text.
    const number = Number(asked.key_version) || this.versions.length
    const signature = signDigest(this.pair(number), Buffer.from(asked.input, 'base64'), 'der')
    return [
      200,
      { data: { signature: `vault:v${number}:${signature.toString('base64')}`, key_version: number } },
    ]
  }
}

export const AWS_KEYS = [1, 2, 3].map(
  (n) => `arn:aws:kms:eu-central-1:123456789012:key/0000000${n}-12ab-34cd-56ef-1234567890ab`,
)

/** Order of the group of P-256 (SEC 2). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** Is this a signature (base64, DER) over a digest (base64)? By OpenSSL, for node:crypto hashes what it verifies. */
function isSigned({ publicKey }: KeyPair, digest: string, signature: string): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'waybill-vault-'))
  try {
    writeFileSync(join(directory, 'key'), publicKey.export({ type: 'spki', format: 'pem' }))
    writeFileSync(join(directory, 'digest'), Buffer.from(digest, 'base64'))
    writeFileSync(join(directory, 'signature'), Buffer.from(signature, 'base64'))
    const words = ['pkeyutl', '-verify', '-pubin', '-inkey', 'key', '-in', 'digest', '-sigfile', 'signature']
    return spawnSync(OPENSSL, words, { cwd: directory }).status === 0
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/**
 * ECDSA (SEC 1 §4.1.3) over a digest as it is, which node:crypto cannot do: it hashes what it signs. The random point
 * k·G is an ephemeral ECDH key.
 */
function signDigest({ privateKey }: KeyPair, digest: Buffer, form: 'der' | 'raw'): Buffer {
  const ephemeral = createECDH('prime256v1')
  const point = ephemeral.generateKeys()
  const k = numberOf(ephemeral.getPrivateKey())
  const d = numberOf(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'))
  const r = numberOf(point.subarray(1, 33)) % N
  const s = (inverse(k) * (numberOf(digest) + r * d)) % N
  const [R, S] = [r, s].map((number) => Buffer.from(number.toString(16).padStart(64, '0'), 'hex'))
  return form === 'raw' ? Buffer.concat([R!, S!]) : sequence(integer(R!), integer(S!))
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function inverse(number: bigint): bigint {
  // Fermat: number^(N-2) mod N.
  let [result, base] = [1n, number % N]
  for (let power = N - 2n; power > 0n; power >>= 1n) {
    if (power & 1n) result = (result * base) % N
    base = (base * base) % N
  }
  return result
}

function sequence(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

function integer(bytes: Buffer): Buffer {
  let digits = bytes
  while (digits.length > 1 && digits[0] === 0) digits = digits.subarray(1)
  if (digits[0]! >= 0x80) digits = Buffer.concat([Buffer.of(0), digits])
  return Buffer.concat([Buffer.of(0x02, digits.length), digits])
}

/**
 * Checks an AWS Signature Version 4 by the steps of "Create a signed AWS API request"; undefined = it is right.
 * @param secret the key that the access key id stands for
 */
function signatureFlaw(
  { method, address, headers, body }: KmsRequest,
  secret: string,
  service: string,
): string | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=(\w+)\/(\d{8})\/([\w-]+)\/(\w+)\/aws4_request, SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})$/
  const [, , day = '', region = '', named, list = '', signature] =
    pattern.exec(headers.authorization ?? '') ?? []
  if (!signature) return 'Authorization header is malformed'
  if (named !== service) return `Credential should be scoped to correct service: ${service}`
  const time = String(headers['x-amz-date'])
  if (!time.startsWith(day) || Math.abs(Date.now() - timeOf(time)) > 300_000) return 'Signature expired'
  for (const needed of ['host', 'x-amz-date', 'x-amz-target', 'content-type'])
    if (!list.split(';').includes(needed)) return `${needed} is not signed`
  const { host, pathname } = new URL(address)
  const lines = list.split(';').map((name) => `${name}:${name === 'host' ? host : String(headers[name])}\n`)
  const canonical = [method, pathname, '', lines.join(''), list, sha256(body)].join('\n')
  const scope = [day, region, service, 'aws4_request']
  const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n')
  let key: string | Buffer = `AWS4${secret}`
  for (const part of scope) key = createHmac('sha256', key).update(part).digest()
  const expected = createHmac('sha256', key).update(toSign).digest('hex')
  return expected === signature ? undefined : 'The request signature we calculated does not match'
}

function timeOf(basic: string): number {
  return Date.parse(basic.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** In this process: every address leads to one loopback server, over the real transport. */
export async function kmsSend(t: Cleanup, services: KmsServices): Promise<Send> {
  const server = createHttpServer(listener(services, ({ headers }) => String(headers['x-address'])))
  const port = await listening(t, server)
  const client = new RegistryClient({})
  t.after(() => client.close())
  return (request) =>
    client.send({
      ...request,
      url: new URL(`http://127.0.0.1:${port}/`),
      headers: { ...request.headers, 'x-address': request.url.href },
    })
}

/** A Vault that a command line can reach: VAULT_ADDR. */
export async function vaultAddress(t: Cleanup, services: KmsServices): Promise<string> {
  const port = await listening(
    t,
    createHttpServer(listener(services, ({ headers, url }) => `http://${headers.host}${url}`)),
  )
  return `http://127.0.0.1:${port}`
}

/**
 * For another process: a proxy through which every host of a cloud is one TLS server here, and what that process
 * must have in its environment to go there and to trust it.
 */
export async function kmsProxy(
  t: Cleanup,
  services: CloudAnswers,
  hosts: readonly string[],
): Promise<NodeJS.ProcessEnv> {
  const directory = await temporaryDirectory(t)
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const names = ['-subj', '/CN=lab', '-addext', `subjectAltName=${hosts.map((host) => `DNS:${host}`).join()}`]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const made = spawnSync(OPENSSL, ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert])
  if (made.status !== 0) throw new Error(String(made.stderr))
  const secure = createTlsServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    listener(services, ({ headers, url }) => `https://${headers.host}${url}`),
  )
  const port = await listening(t, secure)
  const proxy = createHttpServer()
  proxy.on('connect', (_request, socket) => {
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  return { HTTPS_PROXY: `http://127.0.0.1:${await listening(t, proxy)}`, NODE_EXTRA_CA_CERTS: cert }
}

function listener(services: CloudAnswers, addressOf: (incoming: IncomingMessage) => string): RequestListener {
  return (incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', headers } = incoming
      const body = Buffer.concat(chunks).toString()
      const asked = { method, address: addressOf(incoming), headers, body }
      void Promise.resolve(services.answer(asked)).then(([status, answer, more]) =>
        response.writeHead(status, more).end(typeof answer === 'string' ? answer : JSON.stringify(answer)),
      )
    })
  }
}

async function listening(t: Cleanup, server: Server & { closeAllConnections(): void }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
