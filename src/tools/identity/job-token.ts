import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ask } from '../../base/ask.ts'
import { fail, isConfidential, isObject, parseSecretJson, systemReason } from '../../base/index.ts'
import type { CiFacts } from '../ci-facts.ts'
import { toolsErrors } from '../errors.ts'
import { PATIENCE, unreachable } from './reach.ts'
import { AUDIENCE, TOKEN_FILE_VARIABLE, TOKEN_VARIABLE } from './settings.ts'
import type { IdentitySettings } from './settings.ts'

const MAX_TOKEN = 16 * 1024
// JWS compact serialisation (RFC 7515 §7.1).
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

export interface TokenOrder {
  readonly system: CiFacts['system']
  readonly settings: IdentitySettings
  /** With the job's secrets: what child processes get has none of them. */
  readonly env: NodeJS.ProcessEnv
  /** Files named in waybill.yaml start here. */
  readonly directory: string
  readonly signal: AbortSignal
}

/**
 * The job's OpenID Connect token: handed over in a variable or file, else asked of the CI system. No message shows it.
 * undefined = this job has none.
 * @throws IDENTITY_INVALID, IDENTITY_UNREACHABLE
 */
export async function jobToken(order: TokenOrder): Promise<string | undefined> {
  const found = (await handedOver(order)) ?? (await asked(order))
  const token = found?.trim()
  if (token === undefined || (token.length <= MAX_TOKEN && TOKEN.test(token))) return token
  throw notAToken(order.system)
}

async function handedOver({ settings, env, directory }: TokenOrder): Promise<string | undefined> {
  const { token } = settings
  if (token && 'variable' in token) return env[token.variable] || undefined
  if (token) return fromFile(resolve(directory, token.file))
  const file = env[TOKEN_FILE_VARIABLE]
  return env[TOKEN_VARIABLE] || (file ? fromFile(file) : undefined)
}

/** undefined when there is no such file: a job without a token. */
async function fromFile(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path)
    if (found.isFile() && found.size <= MAX_TOKEN) return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const message = `Cannot read the token: ${systemReason(cause) ?? 'no reason given'}.`
    throw fail(toolsErrors.IDENTITY_INVALID, { message, where: path, cause })
  }
  throw notAToken(path)
}

function asked(order: TokenOrder): Promise<string | undefined> {
  if (order.system === 'github') return askActions(order)
  return order.system === 'azure-devops' ? askPipelines(order) : Promise.resolve(undefined)
}

/** GitHub Actions: a job with `permissions: id-token: write`. */
async function askActions({ env, settings, signal }: TokenOrder): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env
  if (!address || !bearer) return undefined
  const url = serviceAddress(address, 'ACTIONS_ID_TOKEN_REQUEST_URL')
  url.searchParams.set('audience', settings.audience ?? AUDIENCE)
  return answerOf(url, { bearer, field: 'value', signal })
}

/** Azure Pipelines: a step with `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` in its environment. */
async function askPipelines({ env, settings, signal }: TokenOrder): Promise<string | undefined> {
  const { SYSTEM_OIDCREQUESTURI: address, SYSTEM_ACCESSTOKEN: bearer } = env
  if (!address || !bearer) return undefined
  const url = serviceAddress(address, 'SYSTEM_OIDCREQUESTURI')
  url.searchParams.set('api-version', '7.1')
  if (settings.serviceConnection) url.searchParams.set('serviceConnectionId', settings.serviceConnection)
  return answerOf(url, { bearer, field: 'oidcToken', body: Buffer.alloc(0), signal })
}

/** The address gets the job's own secret. */
function serviceAddress(text: string, variable: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && isConfidential(url) && !url.username && !url.password) return url
  throw fail(toolsErrors.IDENTITY_INVALID, {
    message: 'The address to ask for a token is not https, or holds user information.',
    where: variable,
  })
}

interface Asking {
  readonly bearer: string
  /** Of the answer, where the token is. */
  readonly field: string
  readonly body?: Buffer<ArrayBuffer>
  readonly signal: AbortSignal
}

async function answerOf(url: URL, { bearer, field, body, signal }: Asking): Promise<string> {
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${bearer}`,
    // Azure would redirect to a login page otherwise.
    ...(body && { 'content-type': 'application/json', 'x-tfs-fedauthredirect': 'Suppress' }),
  }
  const question = { url, headers, patience: PATIENCE, signal, ...(body && { body }) }
  const answer = await ask(question).catch((cause: unknown) => {
    signal.throwIfAborted()
    throw unreachable(url, 'did not answer', cause)
  })
  if (answer.status !== 200) throw unreachable(url, `answered ${answer.status} when asked for a token`)
  const json = answer.body && parseSecretJson(answer.body, url.host)
  const token = isObject(json) ? json[field] : undefined
  if (typeof token === 'string' && token !== '') return token
  throw unreachable(url, 'gave an answer without a token')
}

function notAToken(where: string) {
  const message = 'What is there is no identity token (a JWT).'
  return fail(toolsErrors.IDENTITY_INVALID, { message, where })
}
