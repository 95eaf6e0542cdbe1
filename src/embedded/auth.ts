import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from './answer.ts'
import { accessFor, everything, pullOnly } from './caller.ts'
import type { Access, Caller } from './caller.ts'
import type { RegistryAuth } from './core-options.ts'
import type { Route } from './router.ts'
import type { Tokens } from './tokens.ts'

/** Decides who a request comes from, and refuses what they may not do. */
export type Gate = (route: Route, method: string, headers: IncomingHttpHeaders) => Caller

/** @throws (from the gate) Refusal with status 401 and the challenge that tells the client what to bring */
export function gateFor(auth: RegistryAuth | undefined, tokens: Tokens): Gate {
  if (!auth) return () => everything
  return (route, method, headers) => {
    if (route.kind === 'token') return pullOnly
    const access = accessFor(route, method)
    const challenge = auth.kind === 'basic' ? basicChallenge() : bearerChallenge(auth, headers, access)
    const caller = auth.kind === 'basic' ? basicCaller(auth, headers) : bearerCaller(tokens, headers)
    if (caller === 'unknown') throw unauthorized('credentials are missing', challenge)
    if (caller === 'wrong') throw unauthorized('the credentials are wrong or have expired', challenge)
    // Clients ping without credentials to learn how to log in: only a challenge tells them.
    if (caller === pullOnly && !access) throw unauthorized('credentials are missing', challenge)
    if (access && !caller.may(access))
      throw unauthorized('this needs more rights', insufficient(auth, challenge))
    return caller
  }
}

/** `Authorization: Basic` → a known user's name; undefined when there is none, or it is not right. */
export function userOf(auth: RegistryAuth, authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic\s+(\S+)$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : knownUser(auth, text.slice(0, colon), text.slice(colon + 1))
}

/** The name when the password is that user's. Takes the same time for any wrong password. */
export function knownUser(auth: RegistryAuth, name: string, password: string): string | undefined {
  const expected = auth.users.get(name)
  const same = timingSafeEqual(hashed(password), hashed(expected ?? ''))
  return expected !== undefined && same ? name : undefined
}

export function basicChallenge(): string {
  return 'Basic realm="Waybill registry", charset="UTF-8"'
}

export function unauthorized(message: string, challenge: string): Refusal {
  return new Refusal(401, [{ code: 'UNAUTHORIZED', message }], { 'www-authenticate': challenge })
}

function basicCaller(auth: RegistryAuth, headers: IncomingHttpHeaders): Caller | 'unknown' | 'wrong' {
  if (headers.authorization === undefined) return auth.anonymousPull ? pullOnly : 'unknown'
  return userOf(auth, headers.authorization) === undefined ? 'wrong' : everything
}

function bearerCaller(tokens: Tokens, headers: IncomingHttpHeaders): Caller | 'unknown' | 'wrong' {
  if (headers.authorization === undefined) return 'unknown'
  const [, token] = /^Bearer\s+(\S+)$/i.exec(headers.authorization) ?? []
  return (token !== undefined && tokens.read(token)) || 'wrong'
}

function bearerChallenge(
  auth: RegistryAuth,
  headers: IncomingHttpHeaders,
  access: Access | undefined,
): string {
  const host = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(headers.host ?? '') ? headers.host : 'localhost'
  const realm = auth.realm ?? `http://${host}/token`
  const scope = access ? `,scope="${access.type}:${access.name}:${access.actions.join(',')}"` : ''
  return `Bearer realm="${realm}",service="${host}"${scope}`
}

function insufficient(auth: RegistryAuth, challenge: string): string {
  return auth.kind === 'bearer' ? `${challenge},error="insufficient_scope"` : challenge
}

function hashed(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
