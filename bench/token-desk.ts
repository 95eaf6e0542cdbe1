import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The one account of the bench: what the Docker configuration of every tool says. */
export const account = Buffer.from('bench:bench-password').toString('base64')

const GOOD_FOR_SECONDS = 300

/**
 * Bearer authentication as distribution's token authentication does it: a token opens the repositories and actions it
 * was asked for, `GET /v2/` takes any token, and a mount needs pull on the repository it mounts from.
 */
export class TokenDesk {
  readonly #grants = new Map<string, ReadonlySet<string>>()

  /** The answer to a token request; undefined when the account is not the bench's. */
  sell(path: string, authorization: string | undefined, form: string): object | undefined {
    const asked = new URLSearchParams(form || path.split('?')[1])
    const named = Buffer.from(`${asked.get('username')}:${asked.get('password')}`).toString('base64')
    if (authorization !== `Basic ${account}` && named !== account) return undefined
    const token = randomUUID()
    const scopes = asked.getAll('scope').flatMap((scope) => scope.split(' '))
    this.#grants.set(token, new Set(scopes.flatMap(actionsOf)))
    return { token, access_token: token, expires_in: GOOD_FOR_SECONDS }
  }

  /** The scope a request still needs (empty for `GET /v2/`); undefined when it may pass. */
  missing({ method = '', url = '', headers }: IncomingMessage): string | undefined {
    const [, token = ''] = /^Bearer (.+)$/i.exec(headers.authorization ?? '') ?? []
    const grant = this.#grants.get(token)
    const scopes = scopesOf(method, url)
    return grant && scopes.flatMap(actionsOf).every((action) => grant.has(action))
      ? undefined
      : scopes.join(' ')
  }
}

function scopesOf(method: string, url: string): readonly string[] {
  const { pathname, searchParams } = new URL(url, 'http://registry')
  const [, name] = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(pathname) ?? []
  if (name === undefined) return []
  const actions =
    method === 'GET' || method === 'HEAD' ? 'pull' : method === 'DELETE' ? 'delete' : 'pull,push'
  const from = searchParams.get('mount') === null ? null : searchParams.get('from')
  return [`repository:${name}:${actions}`, ...(from === null ? [] : [`repository:${from}:pull`])]
}

/** `repository:a:pull,push` → one word for each action. */
function actionsOf(scope: string): readonly string[] {
  const end = scope.lastIndexOf(':')
  return scope
    .slice(end + 1)
    .split(',')
    .map((action) => `${scope.slice(0, end)}:${action}`)
}
