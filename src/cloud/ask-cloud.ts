import { readFile } from 'node:fs/promises'
import {
  fail,
  isObject,
  limits,
  parseRetryAfter,
  parseSecretJson,
  printableLine,
  retryAfter,
} from '../base/index.ts'
import { cloudErrors } from './errors.ts'
import type { Send } from './send.ts'

/** A token of a cloud and for how many seconds to use it. */
export interface CloudToken {
  readonly token: string
  readonly seconds: number
}

export interface CloudRequest {
  readonly url: URL
  /** GET without one. */
  readonly body?: string | URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks a cloud, over TLS only, and gives its answer. @throws CLOUD_LOGIN_FAILED, CLOUD_BUSY */
export async function askCloud(send: Send, { url, body, headers }: CloudRequest): Promise<Buffer> {
  if (url.protocol !== 'https:' || url.username || url.password)
    throw loginFailed(url.host, 'Logins are only asked for over https.')
  const form = body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await send({
    method: body === undefined ? 'GET' : 'POST',
    url,
    headers: { ...form, ...headers },
    ...(body !== undefined && { body: Buffer.from(body.toString()) }),
  })
  if (answer.status === 200 && answer.body) return answer.body
  if (answer.status === 429 || answer.status >= 500) {
    const where = url.host
    const busy = fail(cloudErrors.CLOUD_BUSY, {
      message: `${where} answered ${answer.status} to a login.`,
      where,
    })
    const wait = parseRetryAfter(answer.header('retry-after'), new Date())
    if (wait !== undefined) retryAfter.set(busy, wait)
    throw busy
  }
  throw loginFailed(url.host, `It answered ${answer.status}${reasonIn(answer.body)}.`)
}

/** One text of a JSON answer, named by its path. @throws CLOUD_LOGIN_FAILED */
export function textIn(bytes: Buffer, host: string, ...path: readonly string[]): string {
  let value: unknown = parseSecretJson(bytes, host)
  for (const name of path) value = isObject(value) ? value[name] : undefined
  if (typeof value === 'string' && value !== '') return value
  throw loginFailed(host, `Its answer has no ${path.join('.')}.`)
}

// Until a token may be used: long enough for the request it is fetched for, never for longer than a day.
const [SHORTEST, LONGEST, UNSAID, MARGIN] = [60, 86_400, 1800, 300]

/** The access token of an OAuth2 answer (RFC 6749 §5.1), for some minutes less than it lasts. @throws CLOUD_LOGIN_FAILED */
export function accessTokenIn(bytes: Buffer, host: string): CloudToken {
  const token = textIn(bytes, host, 'access_token')
  const json = parseSecretJson(bytes, host)
  const lasts = isObject(json) ? Number(json.expires_in) : Number.NaN
  const seconds = Number.isFinite(lasts) ? Math.min(lasts, LONGEST) - MARGIN : UNSAID
  return { token, seconds: Math.max(SHORTEST, seconds) }
}

/** A small file that holds a secret, as text. @throws CLOUD_LOGIN_FAILED naming the file */
export async function secretFile(path: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    if (bytes.length <= limits.configFileBytes) return bytes.toString('utf8').trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw loginFailed(path, `It cannot be read (${code}).`, cause)
  }
  throw loginFailed(path, `It is larger than ${limits.configFileBytes} bytes.`)
}

export function loginFailed(where: string, message: string, cause?: unknown) {
  return fail(cloudErrors.CLOUD_LOGIN_FAILED, {
    message: `The login through this environment failed at ${where}. ${message}`,
    where,
    cause,
  })
}

/** The error code of OAuth2 (`error`) or AWS (`__type`); descriptions may repeat what was sent. */
function reasonIn(bytes: Buffer | undefined): string {
  const json = bytes && parseSecretJson(bytes, 'error answer')
  const code = isObject(json) ? (json.error ?? json.__type) : undefined
  return typeof code === 'string' ? ` (${printableLine(code, 80)})` : ''
}
