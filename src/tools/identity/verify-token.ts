import type { JSONWebKeySet } from 'jose'
import { confidentialUrl, fail, isObject, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import { askJson, unreachable } from './reach.ts'

// Public-key signatures only: with HS256 the public key would be the secret.
const ALGORITHMS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ')
/** Seconds by which the clocks of the job and the issuer may differ. */
const SKEW = 60
const MOST_KEYS = 200

export interface TokenRule {
  /** Issuers that may have signed it, exact. No other address is ever asked. */
  readonly issuers: readonly string[]
  readonly audience: string
  readonly now: Date
  readonly signal: AbortSignal
}

export interface VerifiedToken {
  readonly issuer: string
  readonly subject: string
  readonly claims: Readonly<Record<string, unknown>>
}

/**
 * An OpenID Connect token whose signature, issuer, audience and times are checked, with keys from the issuer's discovery
 * document (OpenID Connect Discovery 1.0 §4, RFC 7519 §7.2). What it says is read only afterwards.
 * @throws IDENTITY_INVALID, IDENTITY_UNREACHABLE
 */
export async function verifyToken(token: string, rule: TokenRule): Promise<VerifiedToken> {
  const { audience, now, signal } = rule
  const { createLocalJWKSet, jwtVerify } = await import('jose')
  const issuer = await expectedIssuer(token, rule.issuers)
  const keys = createLocalJWKSet(await keysOf(issuer, signal))
  const options = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: SKEW, currentDate: now }
  const { payload } = await jwtVerify(token, keys, {
    ...options,
    requiredClaims: ['sub', 'exp', 'iat'],
  }).catch((cause: unknown) => {
    throw invalid(issuer, flawIn(cause))
  })
  const { sub, iat = Infinity } = payload
  if (typeof sub !== 'string' || sub === '') throw invalid(issuer, 'it has no subject')
  if (iat > now.getTime() / 1000 + SKEW) throw invalid(issuer, 'it was issued in the future')
  return { issuer, subject: sub, claims: payload }
}

/** Nothing is verified yet: the token only chooses among the issuers that are expected anyway. */
async function expectedIssuer(token: string, issuers: readonly string[]): Promise<string> {
  const { decodeJwt, decodeProtectedHeader } = await import('jose')
  const where = issuers.join(' or ')
  const { alg = '' } = orInvalid(() => decodeProtectedHeader(token), where)
  const { iss } = orInvalid(() => decodeJwt(token), where)
  if (!ALGORITHMS.includes(alg)) throw invalid(where, `it is signed with ${shown(alg)}`)
  const issuer = issuers.find((each) => each === iss)
  if (issuer !== undefined) return issuer
  throw invalid(where, `its issuer is ${shown(iss)}`)
}

function orInvalid<T>(read: () => T, where: string): T {
  try {
    return read()
  } catch {
    // The cause may quote the token.
    throw invalid(where, 'it is no JWT')
  }
}

/** The issuer's keys, fetched from the issuer's own host: one document and one set, no redirects. */
async function keysOf(issuer: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const discovery = addressAt(`${issuer}/.well-known/openid-configuration`, issuer)
  const document = await fetchJson(discovery, signal)
  if (document['issuer'] !== issuer)
    throw unreachable(discovery, `describes the issuer ${shown(document['issuer'])}, expected ${issuer}`)
  const address = String(document['jwks_uri'])
  if (!URL.canParse(address) || new URL(address).origin !== discovery.origin)
    throw unreachable(discovery, `keeps its keys at ${shown(address)}, expected an address of its own`)
  const keys = await fetchJson(addressAt(address, issuer), signal)
  if (isKeySet(keys)) return keys
  throw unreachable(discovery, `gave no key set, or one of more than ${MOST_KEYS} keys`)
}

function isKeySet(json: Readonly<Record<string, unknown>>): json is Record<string, unknown> & JSONWebKeySet {
  const { keys } = json
  return Array.isArray(keys) && keys.length <= MOST_KEYS && keys.every(isObject)
}

async function fetchJson(url: URL, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  return askJson({ url, headers: { accept: 'application/json' } }, signal)
}

function addressAt(text: string, issuer: string): URL {
  const url = confidentialUrl(text)
  if (url) return url
  throw fail(toolsErrors.IDENTITY_INVALID, {
    message: `The keys of the issuer ${shown(issuer)} are only asked for over https.`,
    where: 'identity.issuer',
    next: 'Let the CI system be reached over https; `identity: off` in waybill.yaml builds on claims alone.',
  })
}

const FLAWS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWKS_NO_MATCHING_KEY: 'its issuer has no such key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'it does not say which of several keys signed it',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature is wrong',
}

const CLAIM_FLAWS: Readonly<Record<string, string>> = {
  aud: 'it is for another audience',
  nbf: 'it is not valid yet',
  iss: 'it is of another issuer',
}

/** In our own words: the library's may quote what is in the token. */
function flawIn(cause: unknown): string {
  const { code = '', claim = '' } = cause as { readonly code?: string; readonly claim?: string }
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED')
    return CLAIM_FLAWS[claim] ?? `its claim "${printableLine(claim, 40)}" is missing or wrong`
  return FLAWS[code] ?? 'it is malformed'
}

/** @param where the issuer that is expected */
export function invalid(where: string, flaw: string) {
  const message = `The identity token of this job is not valid: ${flaw}.`
  return fail(toolsErrors.IDENTITY_INVALID, { message, where })
}

function shown(value: unknown): string {
  return typeof value === 'string' ? `"${printableLine(value, 200)}"` : 'not named'
}
