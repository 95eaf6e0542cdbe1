import { isObject } from '../../../base/index.ts'
import type { SendExchange } from '../credentials.ts'
import { parseSecretJson } from '../credentials.ts'
import { askCloud, cloudFailed, noLogin, secretFile, textIn } from './cloud-login.ts'
import type { CloudLogin, Login } from './cloud-login.ts'

// Google's access tokens last an hour. One that was given may be older than we know.
const LASTS = 1800
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform'
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

/** Artifact Registry and gcr.io: an access token of this environment, a service account's key, or a federated identity. */
export const googleLogin: CloudLogin = async (_registry, env, send) => {
  const given = env.GOOGLE_OAUTH_ACCESS_TOKEN || env.CLOUDSDK_AUTH_ACCESS_TOKEN
  if (given) return accessToken(given)
  const file = env.GOOGLE_APPLICATION_CREDENTIALS
  if (!file) return noLogin
  const text = await secretFile(file)
  const json = parseSecretJson(Buffer.from(text), file)
  if (!isObject(json)) throw cloudFailed(file, 'It is not strict JSON.')
  if (json.type === 'service_account')
    return { credential: { kind: 'basic', username: '_json_key', password: text }, seconds: 12 * 3600 }
  return json.type === 'external_account' ? accessToken(await federated(json, file, send)) : noLogin
}

function accessToken(password: string): Login {
  return { credential: { kind: 'basic', username: 'oauth2accesstoken', password }, seconds: LASTS }
}

/** Workload identity federation (RFC 8693): a token of this place buys one of Google, for a service account if named. */
async function federated(json: Record<string, unknown>, file: string, send: SendExchange): Promise<string> {
  const sts = googleUrl(json.token_url, 'token_url', file)
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience: text(json.audience, 'audience', file),
    scope: SCOPE,
    requested_token_type: TOKEN_TYPE,
    subject_token_type: text(json.subject_token_type, 'subject_token_type', file),
    subject_token: await subjectToken(json.credential_source, file, send),
  }
  const answer = await askCloud(send, { url: sts, body: new URLSearchParams(form) })
  const token = textIn(answer, sts.host, 'access_token')
  if (json.service_account_impersonation_url === undefined) return token
  const url = googleUrl(json.service_account_impersonation_url, 'service_account_impersonation_url', file)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const own = await askCloud(send, { url, headers, body: JSON.stringify({ scope: [SCOPE] }) })
  return textIn(own, url.host, 'accessToken')
}

/** From a file, or from the https address that the identity's file names (GitHub Actions). */
async function subjectToken(source: unknown, file: string, send: SendExchange): Promise<string> {
  if (!isObject(source)) throw cloudFailed(file, 'It has no credential_source.')
  const { file: path, url, headers, format } = source
  const from = typeof path === 'string' ? path : text(url, 'credential_source.url', file)
  const found = typeof path === 'string' ? await secretFile(path) : await fetched(from, headers, file, send)
  if (!isObject(format) || format.type !== 'json') return found
  const field = text(
    format.subject_token_field_name,
    'credential_source.format.subject_token_field_name',
    file,
  )
  return textIn(Buffer.from(found), from.replace(/\?.*/s, ''), field)
}

async function fetched(from: string, headers: unknown, file: string, send: SendExchange): Promise<string> {
  if (!URL.canParse(from)) throw cloudFailed(file, 'credential_source.url is not an address.')
  const pairs = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [name, String(value)])
  const request = { url: new URL(from), headers: Object.fromEntries(pairs) as Record<string, string> }
  return (await askCloud(send, request)).toString('utf8').trim()
}

/** These addresses get tokens: they are Google's, whatever the file says. */
function googleUrl(value: unknown, name: string, file: string): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === 'https:' && /^[a-z0-9.-]+\.googleapis\.com$/.test(url.host)) return url
  throw cloudFailed(file, `${name}: expected an https address of googleapis.com.`)
}

function text(value: unknown, name: string, file: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw cloudFailed(file, `${name}: expected a string.`)
}
