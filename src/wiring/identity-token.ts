import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ask } from '../base/ask.ts'
import { fail, isConfidential, isObject, parseSecretJson, systemReason } from '../base/index.ts'
import { wiringErrors } from './errors.ts'
import { variableOf } from './variable.ts'

const AUDIENCE = 'sigstore'
const PATIENCE = 20_000
const MAX_TOKEN = 16 * 1024
// JWT in compact form (RFC 7519): three parts in base64url.
const TOKEN = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

/** Where GitLab puts a token that a job asks for with `id_tokens`, and cosign looks for one. */
const SIGSTORE_ID_TOKEN = 'SIGSTORE_ID_TOKEN'
const GITHUB = { url: 'ACTIONS_ID_TOKEN_REQUEST_URL', token: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN' } as const

/** Variables with which somebody could sign as this job. */
export function identityVariables(source: string): readonly string[] {
  const named = variableOf(source)
  return [SIGSTORE_ID_TOKEN, GITHUB.url, GITHUB.token, ...(named === undefined ? [] : [named])]
}

/**
 * The OpenID Connect token for a keyless signature: `github`, `gitlab`, `env://NAME` or a file. No message shows it.
 * @throws IDENTITY_TOKEN_MISSING
 */
export async function identityToken(
  source: string,
  { directory, env }: { readonly directory: string; readonly env: NodeJS.ProcessEnv },
): Promise<string> {
  const token = (await readToken(source, directory, env)).trim()
  if (token.length <= MAX_TOKEN && TOKEN.test(token)) return token
  throw missing(source, 'What is there is no identity token (a JWT).')
}

function readToken(source: string, directory: string, env: NodeJS.ProcessEnv): Promise<string> {
  if (source === 'github') return fromGithub(env)
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
async function fromGithub(env: NodeJS.ProcessEnv): Promise<string> {
  const { [GITHUB.url]: url, [GITHUB.token]: bearer } = env
  if (!url || !bearer)
    throw missing('github', 'This job may ask for no token: it needs the permission id-token: write.')
  const address = serviceAddress(url)
  address.searchParams.set('audience', AUDIENCE)
  const answer = await askFor(address, bearer)
  if (isObject(answer) && typeof answer.value === 'string') return answer.value
  throw missing('github', 'The answer of the token service has no token.')
}

/** The address gets the job's own token. */
function serviceAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isSafe = url !== undefined && isConfidential(url)
  if (url && isSafe && !url.username && !url.password) return url
  throw missing(GITHUB.url, 'Expected an https address without user information.')
}

async function askFor(address: URL, bearer: string): Promise<unknown> {
  const headers = { accept: 'application/json', authorization: `Bearer ${bearer}` }
  const answer = await ask({ url: address, headers, patience: PATIENCE }).catch(() => undefined)
  if (answer?.status === 200 && answer.body) return parseSecretJson(answer.body, address.host)
  const told = answer && `: it answered ${answer.body ? `with ${answer.status}` : 'without end'}`
  throw missing('github', `The token service could not be asked${told ?? ''}.`)
}

function missing(where: string, message: string, cause?: unknown) {
  return fail(wiringErrors.IDENTITY_TOKEN_MISSING, { message, where, cause })
}
