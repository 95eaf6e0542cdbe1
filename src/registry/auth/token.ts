import { fail, isObject, limits } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import { bodyOf, dump } from '../http/answer.ts'
import type { Answer, Exchange } from '../http/exchange.ts'
import { isPlain } from '../http/origin.ts'
import { basic, parseSecretJson } from './credentials.ts'
import type { Credential } from './credentials.ts'

/** A bearer token and how long it lasts, in seconds. */
export interface Token {
  readonly value: string
  readonly lifetime: number
}

export interface TokenRequest {
  readonly realm: URL
  readonly service: string | undefined
  readonly scopes: readonly string[]
  readonly credential: Credential | undefined
}

export type SendExchange = (exchange: Exchange) => Promise<Answer>

const CLIENT_ID = 'waybill'
// distribution "token authentication": without expires_in a token lasts 60 seconds.
const DEFAULT_LIFETIME = 60

/**
 * The token server's address from a challenge. Credentials go there, so: https (plain http only when the registry
 * itself is plain and the realm is on a plain host too), no user information.
 * @throws CREDENTIALS_FAILED
 */
export function parseRealm(text: string | undefined, registry: URL, plainHttp: ReadonlySet<string>): URL {
  const realm = text !== undefined && URL.canParse(text) ? new URL(text) : undefined
  const plain = realm?.protocol === 'http:' && registry.protocol === 'http:' && isPlain(realm.host, plainHttp)
  if (realm && (realm.protocol === 'https:' || plain) && !realm.username && !realm.password) return realm
  throw fail(registryErrors.CREDENTIALS_FAILED, {
    message: `${registry.host} asks for credentials to be sent to an unsafe place (realm ${JSON.stringify(text?.slice(0, 200))}).`,
    where: registry.host,
    next: 'Expected an https address without user information. Do not log in to this registry before its operator repairs it.',
  })
}

/**
 * Asks a token server: OAuth2 POST with a refresh token, GET otherwise. undefined = it refuses.
 * Redirects are never followed: they would carry credentials away.
 */
export async function fetchToken(send: SendExchange, asked: TokenRequest): Promise<Token | undefined> {
  const answer = await askServer(send, asked)
  if ([400, 401, 403, 404].includes(answer.status)) {
    await dump(answer)
    return undefined
  }
  const bytes = await bodyOf(answer, limits.answerBytes)
  const token = answer.status === 200 && bytes ? readToken(bytes, asked.realm) : undefined
  if (token) return token
  const retryable = answer.status === 429 || answer.status >= 500
  throw fail(retryable ? registryErrors.REGISTRY_FAILED : registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `The token server ${asked.realm.host} answered ${answer.status} without a usable token.`,
    where: asked.realm.host,
  })
}

async function askServer(send: SendExchange, asked: TokenRequest): Promise<Answer> {
  const { credential } = asked
  if (credential?.kind !== 'identity') return getToken(send, asked, credential)
  const answer = await postToken(send, asked, credential.token)
  if (answer.status !== 404 && answer.status !== 405) return answer
  await dump(answer)
  const { username, token } = credential
  return getToken(send, asked, { kind: 'basic', username: username || '<token>', password: token })
}

function getToken(send: SendExchange, asked: TokenRequest, credential: Credential | undefined) {
  const url = new URL(asked.realm)
  if (asked.service) url.searchParams.set('service', asked.service)
  for (const scope of asked.scopes) url.searchParams.append('scope', scope)
  url.searchParams.set('client_id', CLIENT_ID)
  if (credential?.kind !== 'basic') return send({ method: 'GET', url, headers: {} })
  url.searchParams.set('account', credential.username)
  const authorization = basic(credential.username, credential.password)
  return send({ method: 'GET', url, headers: { authorization } })
}

function postToken(send: SendExchange, asked: TokenRequest, refreshToken: string) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID })
  form.set('refresh_token', refreshToken)
  if (asked.service) form.set('service', asked.service)
  form.set('scope', asked.scopes.join(' '))
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return send({ method: 'POST', url: asked.realm, headers, body: Buffer.from(form.toString()) })
}

function readToken(bytes: Buffer, realm: URL): Token | undefined {
  const json = parseSecretJson(bytes, realm.host)
  if (!isObject(json)) return undefined
  const value = json.token || json.access_token
  // A line break in a token would forge headers.
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return undefined
  const lifetime = typeof json.expires_in === 'number' && json.expires_in > 0 ? json.expires_in : 0
  return { value, lifetime: lifetime || DEFAULT_LIFETIME }
}
