import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, systemReason } from '../../base/index.ts'
import { actionsTokens, pipelinesTokens } from '../../cloud/index.ts'
import type { JobTokenService } from '../../cloud/index.ts'
import type { CiFacts } from '../ci-facts.ts'
import { toolsErrors } from '../errors.ts'
import { askJson, unreachable } from './reach.ts'
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

function asked({ system, settings, env, signal }: TokenOrder): Promise<string | undefined> {
  const service =
    system === 'github'
      ? actionsTokens(env, settings.audience ?? AUDIENCE)
      : system === 'azure-devops'
        ? pipelinesTokens(env, settings.serviceConnection)
        : undefined
  return service ? askJobToken(service, signal) : Promise.resolve(undefined)
}

/** Asks a CI system for the token of this job. @throws IDENTITY_INVALID, IDENTITY_UNREACHABLE; no message shows it */
export async function askJobToken(service: JobTokenService, signal: AbortSignal): Promise<string> {
  const { url, variable, field } = service
  if (!url)
    throw fail(toolsErrors.IDENTITY_INVALID, {
      message: 'Expected an https address to ask for a token, without user information.',
      where: variable,
    })
  const { [field]: token } = await askJson({ ...service, url }, signal)
  if (typeof token === 'string' && token !== '') return token
  throw unreachable(url, 'gave an answer without a token')
}

function notAToken(where: string) {
  const message = 'What is there is no identity token (a JWT).'
  return fail(toolsErrors.IDENTITY_INVALID, { message, where })
}
