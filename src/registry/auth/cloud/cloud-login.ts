import { readFile } from 'node:fs/promises'
import { fail, isObject, limits, printableLine } from '../../../base/index.ts'
import { registryErrors } from '../../errors.ts'
import { bodyOf } from '../../http/answer.ts'
import type { Credential, SendExchange } from '../credentials.ts'
import { parseSecretJson } from '../credentials.ts'

/** A credential and how long to use it. No credential: this environment holds none for that cloud. */
export interface Login {
  readonly credential: Credential | undefined
  readonly seconds: number
}

/** `registry`: `host[:port]`, already known to be that cloud's. @throws CREDENTIALS_FAILED, REGISTRY_FAILED */
export type CloudLogin = (registry: string, env: NodeJS.ProcessEnv, send: SendExchange) => Promise<Login>

/** Nothing to log in with, for as long as this process may live. */
export const noLogin: Login = { credential: undefined, seconds: 3600 }

export interface CloudRequest {
  readonly url: URL
  /** GET without one. */
  readonly body?: string | URLSearchParams
  readonly headers?: Readonly<Record<string, string>>
}

/** Asks a cloud, over TLS only, and gives its answer. @throws CREDENTIALS_FAILED, REGISTRY_FAILED when it is busy */
export async function askCloud(send: SendExchange, { url, body, headers }: CloudRequest): Promise<Buffer> {
  if (url.protocol !== 'https:' || url.username || url.password)
    throw cloudFailed(url.host, 'Logins are only asked for over https.')
  const form = body instanceof URLSearchParams && { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await send({
    method: body === undefined ? 'GET' : 'POST',
    url,
    headers: { ...form, ...headers },
    ...(body !== undefined && { body: Buffer.from(body.toString()) }),
  })
  const bytes = await bodyOf(answer, limits.answerBytes)
  if (answer.status === 200 && bytes) return bytes
  if (answer.status === 429 || answer.status >= 500)
    throw fail(registryErrors.REGISTRY_FAILED, {
      message: `${url.host} answered ${answer.status} to a login.`,
      where: url.host,
    })
  throw cloudFailed(url.host, `It answered ${answer.status}${reasonIn(bytes)}.`)
}

/** One text of a JSON answer, named by its path. @throws CREDENTIALS_FAILED */
export function textIn(bytes: Buffer, host: string, ...path: readonly string[]): string {
  let value: unknown = parseSecretJson(bytes, host)
  for (const name of path) value = isObject(value) ? value[name] : undefined
  if (typeof value === 'string' && value !== '') return value
  throw cloudFailed(host, `Its answer has no ${path.join('.')}.`)
}

/** A small file that holds a secret, as text. @throws CREDENTIALS_FAILED naming the file */
export async function secretFile(path: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    if (bytes.length <= limits.configFileBytes) return bytes.toString('utf8').trim()
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw cloudFailed(path, `It cannot be read (${code}).`, cause)
  }
  throw cloudFailed(path, `It is larger than ${limits.configFileBytes} bytes.`)
}

export function cloudFailed(where: string, message: string, cause?: unknown) {
  return fail(registryErrors.CREDENTIALS_FAILED, {
    message: `The login through this environment failed at ${where}. ${message}`,
    where,
    next: 'Repair the identity that this environment names, or log in to the registry (docker login, podman login): that comes first.',
    cause,
  })
}

/** The error code of OAuth2 (`error`) or AWS (`__type`); descriptions may repeat what was sent. */
function reasonIn(bytes: Buffer | undefined): string {
  const json = bytes && parseSecretJson(bytes, 'error answer')
  const code = isObject(json) ? (json.error ?? json.__type) : undefined
  return typeof code === 'string' ? ` (${printableLine(code, 80)})` : ''
}
