import { createPrivateKey, sign } from 'node:crypto'
import { isObject, parseSecretJson } from '../base/index.ts'
import { accessTokenIn, askCloud, loginFailed, secretFile, textIn } from './ask-cloud.ts'
import type { CloudToken } from './ask-cloud.ts'
import type { Send } from './send.ts'

// Google's access tokens last an hour. One that was given may be older than we know.
const LASTS = 1800
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'
const TOKEN_URL = 'https://oauth2.googleapis.com/token'

/** What GOOGLE_APPLICATION_CREDENTIALS names. */
export interface GoogleFile {
  readonly path: string
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

/** The credentials file of this environment; undefined = none is named. @throws CLOUD_LOGIN_FAILED */
export async function googleFile(env: NodeJS.ProcessEnv): Promise<GoogleFile | undefined> {
  const path = env.GOOGLE_APPLICATION_CREDENTIALS
  if (!path) return undefined
  const text = await secretFile(path)
  const json = parseSecretJson(Buffer.from(text), path)
  if (isObject(json)) return { path, text, json }
  throw loginFailed(path, 'It is not strict JSON.')
}

/** An access token that was handed over as it is. */
export function givenGoogleToken(env: NodeJS.ProcessEnv): CloudToken | undefined {
  const token = env.GOOGLE_OAUTH_ACCESS_TOKEN || env.CLOUDSDK_AUTH_ACCESS_TOKEN
  return token ? { token, seconds: LASTS } : undefined
}

/**
 * What a credentials file stands for → an access token: a service account's key, a federated identity, or the
 * login of a person (`gcloud auth application-default login`). undefined = another type.
 * @throws CLOUD_LOGIN_FAILED, CLOUD_BUSY
 */
export async function googleToken(file: GoogleFile, send: Send): Promise<CloudToken | undefined> {
  const { type } = file.json
  if (type === 'service_account') return serviceAccount(file, send)
  if (type === 'authorized_user') return person(file, send)
  return type === 'external_account' ? federated(file, send) : undefined
}

/** A grant signed with the account's key (RFC 7523 §2.1). */
async function serviceAccount(file: GoogleFile, send: Send): Promise<CloudToken> {
  const url = googleUrl(file.json.token_uri ?? TOKEN_URL, 'token_uri', file)
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: textOf('client_email', file), scope: SCOPE, aud: url.href, iat: now, exp: now + 3600 }
  const assertion = jwt(claims, textOf('private_key', file), file)
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  return accessTokenIn(await askCloud(send, { url, body }), url.host)
}

function jwt(claims: object, key: string, file: GoogleFile): string {
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) => JSON.stringify(part))
  const text = parts.map((part) => Buffer.from(part).toString('base64url')).join('.')
  try {
    const signature = sign('sha256', Buffer.from(text), createPrivateKey(key))
    return `${text}.${signature.toString('base64url')}`
  } catch {
    // The cause may quote the key.
    throw loginFailed(file.path, 'private_key: expected a key in PEM.')
  }
}

async function person(file: GoogleFile, send: Send): Promise<CloudToken> {
  const url = new URL(TOKEN_URL)
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: textOf('client_id', file),
    client_secret: textOf('client_secret', file),
    refresh_token: textOf('refresh_token', file),
  })
  return accessTokenIn(await askCloud(send, { url, body }), url.host)
}

/** Workload identity federation (RFC 8693): a token of this place buys one of Google, for a service account if named. */
async function federated(file: GoogleFile, send: Send): Promise<CloudToken> {
  const { json } = file
  const sts = googleUrl(json.token_url, 'token_url', file)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: textOf('audience', file),
    scope: SCOPE,
    requested_token_type: TOKEN_TYPE,
    subject_token_type: textOf('subject_token_type', file),
    subject_token: await subjectToken(file, send),
  }
  const answer = await askCloud(send, { url: sts, body: new URLSearchParams(form) })
  if (json.service_account_impersonation_url === undefined) return accessTokenIn(answer, sts.host)
  const token = textIn(answer, sts.host, 'access_token')
  const url = googleUrl(json.service_account_impersonation_url, 'service_account_impersonation_url', file)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const own = await askCloud(send, { url, headers, body: JSON.stringify({ scope: [SCOPE] }) })
  return { token: textIn(own, url.host, 'accessToken'), seconds: LASTS }
}

/** From a file, or from the https address that the identity's file names (GitHub Actions). */
async function subjectToken(file: GoogleFile, send: Send): Promise<string> {
  const source = file.json.credential_source
  if (!isObject(source)) throw loginFailed(file.path, 'It has no credential_source.')
  const { file: path, url, headers, format } = source
  const from = typeof path === 'string' ? path : text(url, 'credential_source.url', file)
  const found = typeof path === 'string' ? await secretFile(path) : await fetched(from, headers, file, send)
  if (!isObject(format) || format.type !== 'json') return found
  const name = 'credential_source.format.subject_token_field_name'
  const field = text(format.subject_token_field_name, name, file)
  return textIn(Buffer.from(found), from.replace(/\?.*/s, ''), field)
}

async function fetched(from: string, headers: unknown, file: GoogleFile, send: Send): Promise<string> {
  if (!URL.canParse(from)) throw loginFailed(file.path, 'credential_source.url is not an address.')
  const pairs = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [name, String(value)])
  const request = { url: new URL(from), headers: Object.fromEntries(pairs) as Record<string, string> }
  return (await askCloud(send, request)).toString('utf8').trim()
}

/** These addresses get tokens: they are Google's, whatever the file says. */
function googleUrl(value: unknown, name: string, { path }: GoogleFile): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === 'https:' && /^[a-z0-9.-]+\.googleapis\.com$/.test(url.host)) return url
  throw loginFailed(path, `${name}: expected an https address of googleapis.com.`)
}

function textOf(name: string, file: GoogleFile): string {
  return text(file.json[name], name, file)
}

function text(value: unknown, name: string, { path }: GoogleFile): string {
  if (typeof value === 'string' && value !== '') return value
  throw loginFailed(path, `${name}: expected a string.`)
}
