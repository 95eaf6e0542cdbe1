import { fail, isObject, limits, parseRetryAfter, parseSecretJson, retryAfter } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import { bodyOf, dump } from '../http/answer.ts'
import type { Answer } from '../http/exchange.ts'
import { basic } from './credentials.ts'
import type { Credential, SendExchange } from './credentials.ts'

/** A bearer token and how long it lasts from now, in seconds. */
export interface Token {
  readonly value: string
  readonly lifetime: number
  /** What to ask with next time, when the server gave one. */
  readonly refresh: string | undefined
}

export interface TokenRequest {
  readonly realm: URL
  readonly service: string | undefined
  readonly scopes: readonly string[]
  readonly credential: Credential | undefined
}

const CLIENT_ID = 'waybill'
// distribution "token authentication": without expires_in a token lasts 60 seconds.
const DEFAULT_LIFETIME = 60
// What a header can carry. A line break in a token would forge headers.
const TOKEN = /^[\x21-\x7e]{1,32768}$/

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
  const token = answer.status === 200 && bytes ? readToken(bytes, answer) : undefined
  if (token) return token
  const retryable = answer.status === 429 || answer.status >= 500
  const error = fail(retryable ? registryErrors.REGISTRY_FAILED : registryErrors.REGISTRY_ANSWER_INVALID, {
    message: `The token server ${asked.realm.host} answered ${answer.status} without a usable token.`,
    where: asked.realm.host,
  })
  const wait = parseRetryAfter(answer.header('retry-after'), new Date())
  if (wait !== undefined) retryAfter.set(error, wait)
  throw error
}

/** POST is the newer way: servers without it say 404 or 405, Artifactory 401. */
async function askServer(send: SendExchange, asked: TokenRequest): Promise<Answer> {
  const { credential } = asked
  if (credential?.kind !== 'identity') return getToken(send, asked, credential)
  const answer = await postToken(send, asked, credential.token)
  if (![401, 404, 405].includes(answer.status)) return answer
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

function readToken(bytes: Buffer, answer: Answer): Token | undefined {
  const json = parseSecretJson(bytes, answer.url.host)
  if (!isObject(json)) return undefined
  const value = json.token || json.access_token
  if (typeof value !== 'string' || !TOKEN.test(value)) return undefined
  const { expires_in: seconds, refresh_token: refresh } = json
  const full = typeof seconds === 'number' && seconds > 0 ? seconds : DEFAULT_LIFETIME
  return {
    value,
    lifetime: Math.max(0, full - ageOf(json.issued_at, answer)),
    refresh: typeof refresh === 'string' && refresh !== '' ? refresh : undefined,
  }
}

/** Seconds since a token was issued, by the server's own clock: ours may be wrong. */
function ageOf(issued: unknown, answer: Answer): number {
  const now = Date.parse(answer.header('date') ?? '')
  const then = typeof issued === 'string' ? Date.parse(issued) : Number.NaN
  return Number.isNaN(now - then) ? 0 : Math.max(0, (now - then) / 1000)
}
