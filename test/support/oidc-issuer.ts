import { createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { KmsAnswer, KmsRequest } from './kms-services.ts'
import { scriptedServer } from './registries.ts'
import type { Cleanup } from './registries.ts'

// Tokens as RFC 7519 has them, and issuers as OpenID Connect Discovery 1.0. Nothing here is Waybill's own code.

export type Algorithm = 'RS256' | 'ES256' | 'PS256' | 'EdDSA'

export interface IssuerKey {
  readonly kid: string
  readonly algorithm: Algorithm
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function issuerKey(algorithm: Algorithm = 'RS256', bits = 2048): IssuerKey {
  return { kid: randomUUID(), algorithm, ...pairOf(algorithm, bits) }
}

function pairOf(algorithm: Algorithm, modulusLength: number) {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength })
}

export type Claims = Readonly<Record<string, unknown>>

/** Signs what it is given, as it is given. */
export function jwt(key: IssuerKey, claims: Claims, header: object = {}): string {
  const head = { typ: 'JWT', alg: key.algorithm, kid: key.kid, ...header }
  const text = [head, claims].map(encoded).join('.')
  return `${text}.${signatureOf(key, text).toString('base64url')}`
}

/** `alg: none`, and HS256 with the public key as the secret (RFC 8725 §2.1). */
export function forged(kind: 'none' | 'HS256', key: IssuerKey, claims: Claims): string {
  const text = [{ typ: 'JWT', alg: kind, kid: key.kid }, claims].map(encoded).join('.')
  const secret = key.publicKey.export({ type: 'spki', format: 'pem' })
  const signature = kind === 'none' ? '' : createHmac('sha256', secret).update(text).digest('base64url')
  return `${text}.${signature}`
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function signatureOf({ algorithm, privateKey: key }: IssuerKey, text: string): Buffer {
  const bytes = Buffer.from(text)
  if (algorithm === 'EdDSA') return sign(null, bytes, key)
  if (algorithm === 'ES256') return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
  return algorithm === 'RS256'
    ? sign('sha256', bytes, key)
    : sign('sha256', bytes, { key, padding: 6, saltLength: 32 })
}

/** One issuer: `keys` is what it publishes, the last one signs. A test may change both, or answer in its stead. */
export class OidcIssuer {
  readonly issuer: string
  readonly #keysAt: string
  readonly seen: string[] = []
  keys: IssuerKey[] = [issuerKey()]
  instead: ((address: string) => KmsAnswer | undefined) | undefined

  constructor(issuer: string, keysAt: string) {
    this.issuer = issuer
    this.#keysAt = keysAt
  }

  /** @param now seconds since 1970 */
  token(claims: Claims, now = Date.now() / 1000): string {
    const [iat, key] = [Math.floor(now), this.keys.at(-1)]
    if (!key) throw new Error('no key')
    return jwt(key, { iss: this.issuer, aud: 'waybill', nbf: iat - 5, iat, exp: iat + 300, ...claims })
  }

  /** undefined = that is no address of it. */
  answer({ method, address }: Pick<KmsRequest, 'method' | 'address'>): KmsAnswer | undefined {
    this.seen.push(`${method} ${address}`)
    const instead = this.instead?.(address)
    if (instead) return instead
    if (method !== 'GET') return undefined
    if (address === this.#keysAt) return [200, { keys: this.keys.map(published) }]
    if (address !== `${this.issuer}/.well-known/openid-configuration`) return undefined
    const algorithms = ['RS256', 'ES256']
    return [
      200,
      { issuer: this.issuer, jwks_uri: this.#keysAt, id_token_signing_alg_values_supported: algorithms },
    ]
  }
}

function published({ kid, algorithm, publicKey }: IssuerKey): object {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' }
}

/** An issuer on loopback. @param path of the issuer below the server, and of its keys */
export async function loopbackIssuer(t: Cleanup, path = '', keysPath = '/keys'): Promise<OidcIssuer> {
  const server = await scriptedServer(t, ({ method, path: asked }, response) => {
    const [status, body, headers] = issuer.answer({ method, address: `${server.url}${asked}` }) ?? [404, '']
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const issuer = new OidcIssuer(`${server.url}${path}`, `${server.url}${keysPath}`)
  return issuer
}
