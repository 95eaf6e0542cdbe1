import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, isFailure, systemReason } from '../base/index.ts'
import { wiringErrors } from './errors.ts'
import { variableOf } from './variable.ts'

const AUDIENCE = 'sigstore'
const MAX_TOKEN = 16 * 1024
// JWT in compact form (RFC 7519): three parts in base64url.
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Where GitLab puts a token that a job asks for with `id_tokens`, and cosign looks for one. */
const SIGSTORE_ID_TOKEN = 'SIGSTORE_ID_TOKEN'
const GITHUB = { url: 'ACTIONS_ID_TOKEN_REQUEST_URL', token: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' } as const

interface TokenWorld {
  /** Files start here. */
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Variables with which somebody could sign as this job. */
export function identityVariables(source: string): readonly string[] {
  const named = variableOf(source)
  return [SIGSTORE_ID_TOKEN, GITHUB.url, GITHUB.token, ...(named === undefined ? [] : [named])]
}

/**
 * The OpenID Connect token for a keyless signature: `github`, `gitlab`, `env://NAME` or a file. No message shows it.
 * @throws IDENTITY_TOKEN_MISSING
 */
export async function identityToken(source: string, world: TokenWorld): Promise<string> {
  const token = (await readToken(source, world)).trim()
  if (token.length <= MAX_TOKEN && TOKEN.test(token)) return token
  throw missing(source, 'What is there is no identity token (a JWT).')
}

function readToken(source: string, world: TokenWorld): Promise<string> {
  const { directory, env } = world
  if (source === 'github') return fromGithub(world)
  const variable = source === 'gitlab' ? SIGSTORE_ID_TOKEN : variableOf(source)
  if (variable === undefined) return fromFile(resolve(directory, source))
  const token = env[variable]
  if (token) return Promise.resolve(token)
  throw missing(source, `The environment variable ${variable} is not set.`)
}

async function fromFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw missing(path, `Cannot read it: ${systemReason(cause) ?? (cause as Error).message}.`, cause)
  }
}

/** GitHub gives a job with `id-token: write` an address to ask for tokens. */
async function fromGithub({ env, signal }: TokenWorld): Promise<string> {
  const { actionsTokens } = await import('../cloud/index.ts')
  const service = actionsTokens(env, AUDIENCE)
  if (!service)
    throw missing('github', 'This job may ask for no token: it needs the permission id-token: write.')
  const { askJobToken } = await import('../tools/index.ts')
  try {
    return await askJobToken(service, signal)
  } catch (cause) {
    if (!isFailure(cause)) throw cause
    throw missing(cause.where ?? 'github', `The token service could not be asked: ${cause.message}`, cause)
  }
}

function missing(where: string, message: string, cause?: unknown) {
  return fail(wiringErrors.IDENTITY_TOKEN_MISSING, { message, where, cause })
}
