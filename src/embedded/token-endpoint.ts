import { timestamp } from '../base/index.ts'
import { json, refusal } from './answer.ts'
import type { Answer } from './answer.ts'
import { basicChallenge, knownUser, unauthorized, userOf } from './auth.ts'
import { readBody } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { repositoryName } from './names.ts'
import type { RegistryAuth } from './core-options.ts'
import { TOKEN_LIFETIME } from './tokens.ts'
import type { Grants, Tokens } from './tokens.ts'

const ACTIONS = new Set(['pull', 'push', 'delete'])
const MAX_SCOPES = 100
const MAX_FORM = 64 * 1024

/**
 * Sells tokens: `GET /token?service=…&scope=…` with Basic credentials, or a `grant_type=password` form by POST
 * (the distribution token specification). Anonymous callers get pull, when the registry allows that.
 * @throws Refusal with status 401 for wrong credentials
 */
export async function answerToken(
  auth: RegistryAuth,
  tokens: Tokens,
  exchange: Exchange,
  now: Date,
): Promise<Answer> {
  const asked = exchange.method === 'POST' ? await formOf(exchange) : exchange.query
  const user =
    exchange.method === 'POST' ? formUser(auth, asked) : userOf(auth, exchange.headers.authorization)
  const isAnonymous = exchange.method === 'GET' && exchange.headers.authorization === undefined
  if (user === undefined && !(isAnonymous && auth.anonymousPull))
    throw unauthorized('the credentials are missing or wrong', basicChallenge())
  const token = tokens.issue(grantsFor(asked.getAll('scope'), user !== undefined))
  return json(200, {
    token,
    access_token: token,
    expires_in: TOKEN_LIFETIME,
    issued_at: timestamp(now),
  })
}

async function formOf(exchange: Exchange): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(exchange, MAX_FORM, 'UNSUPPORTED')).toString('utf8'))
}

function formUser(auth: RegistryAuth, form: URLSearchParams): string | undefined {
  if (form.get('grant_type') !== 'password')
    throw refusal(400, 'UNSUPPORTED', 'only grant_type=password is supported')
  return knownUser(auth, form.get('username') ?? '', form.get('password') ?? '')
}

/** Scopes come one per parameter or several in one, parted by spaces. What is not allowed is left out. */
function grantsFor(parameters: readonly string[], isUser: boolean): Grants {
  const grants: Record<string, string[]> = {}
  const scopes = parameters.flatMap((parameter) => parameter.split(' ')).slice(0, MAX_SCOPES)
  for (const scope of scopes) {
    const [, resource = '', list = ''] = /^([a-z]+:.+):([a-z,*]+)$/.exec(scope) ?? []
    const allowed = list.split(',').filter((action) => isAllowed(resource, action, isUser))
    if (allowed.length > 0) grants[resource] = [...new Set([...(grants[resource] ?? []), ...allowed])]
  }
  return grants
}

function isAllowed(resource: string, action: string, isUser: boolean): boolean {
  if (resource === 'registry:catalog') return isUser && action === '*'
  const name = resource.startsWith('repository:') && repositoryName(resource.slice('repository:'.length))
  return name !== false && name !== undefined && ACTIONS.has(action) && (isUser || action === 'pull')
}
