import { randomUUID } from 'node:crypto'
import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { embeddedRegistry } from './registries.ts'
import type { Cleanup } from './registries.ts'

/** How one hosted registry lets its callers in, as far as that differs. Everything else is the same. */
export interface TokenQuirks {
  /** Basic credentials with every request; no tokens. */
  readonly basicOnly?: boolean
  /** Where tokens are. Default `/token`. */
  readonly realm?: string
  readonly service?: string
  readonly user: string
  readonly password: string
  /** What the server says to POST when it has no OAuth2. Default: it takes refresh tokens (the password). */
  readonly noPost?: 401 | 404 | 405
  /** Which of several scopes count. `one`: more than one repository is refused. */
  readonly reads?: 'first' | 'last' | 'one'
  /** Seconds; null = the answer does not say. Default 300. */
  readonly expires?: number | null
  /** The field that holds the token. Default `token`. */
  readonly field?: 'token' | 'access_token'
  /** Only `/v2/` says how to log in. */
  readonly challengeAtPing?: boolean
  /** Offers Basic as well, first. */
  readonly offersBasic?: boolean
  /** What the challenge asks for in place of the repository. */
  readonly scope?: string
  /** A mount is refused with 401 whatever the token allows. */
  readonly mountRefused?: boolean
  /** 403 for repositories of a project that is not there. */
  readonly forbidsUnknown?: string
}

export const quirks = {
  ecr: { basicOnly: true, user: 'AWS', password: 'ecr-password-1' },
  ecrPublic: {
    realm: '/token/',
    service: 'public.ecr.aws',
    scope: 'aws',
    user: 'AWS',
    password: 'ecr-public-1',
  },
  acr: {
    realm: '/oauth2/token',
    field: 'access_token',
    user: '00000000-0000-0000-0000-000000000000',
    password: 'acr-refresh-1',
  },
  gar: {
    realm: '/v2/token',
    challengeAtPing: true,
    noPost: 404,
    user: 'oauth2accesstoken',
    password: 'ya29-1',
    expires: null,
  },
  ghcr: { service: 'ghcr.io', user: 'octo', password: 'ghp-1', expires: null },
  hub: { service: 'registry.docker.io', user: 'moby', password: 'dckr-pat-1', expires: 300 },
  quay: { realm: '/v2/auth', user: 'team+robot', password: 'quay-1', expires: 3600 },
  harbor: {
    realm: '/service/token',
    service: 'harbor-registry',
    user: 'robot$ci',
    password: 'harbor-1',
    expires: 1800,
    mountRefused: true,
  },
  gitlab: {
    realm: '/jwt/auth',
    service: 'container_registry',
    user: 'gitlab-ci-token',
    password: 'glcbt-1',
    reads: 'last',
  },
  artifactory: {
    realm: '/artifactory/api/docker/null/v2/token',
    user: 'dev',
    password: 'jfrog-1',
    noPost: 401,
    offersBasic: true,
    forbidsUnknown: 'nowhere',
  },
  cgr: { user: 'chain', password: 'cgr-1', reads: 'one' },
  firstOnly: { user: 'first', password: 'first-1', reads: 'first' },
} as const satisfies Readonly<Record<string, TokenQuirks>>

/** One request for a token, as it came. */
export interface TokenAsked {
  readonly method: string
  readonly scopes: readonly string[]
  readonly service: string | null
  readonly granted: boolean
}

export interface TokenRegistry {
  readonly address: string
  readonly quirks: TokenQuirks
  readonly tokens: TokenAsked[]
  /** Authorization headers and forms, of every request. */
  readonly secrets: string[]
  /** `METHOD path status` of the requests that were not for tokens. */
  readonly requests: string[]
  /** After so many uses a token is worth nothing, whatever was said about its end. */
  usesOfToken: number
}

interface Issued {
  readonly grants: readonly string[]
  uses: number
}

/** An embedded registry behind a front door that lets callers in as a hosted one does. */
export async function tokenRegistry(t: Cleanup, own: TokenQuirks): Promise<TokenRegistry> {
  const behind = await embeddedRegistry(t)
  const issued = new Map<string, Issued>()
  const lab: TokenRegistry = {
    address: '',
    quirks: own,
    tokens: [],
    secrets: [],
    requests: [],
    usesOfToken: Infinity,
  }
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', `http://${lab.address}`)
    lab.secrets.push(incoming.headers.authorization ?? '')
    if (url.pathname === realmOf(own)) return void sellToken(lab, issued, incoming, response, url)
    const refused = refusalOf(lab, issued, incoming, url)
    lab.requests.push(`${incoming.method} ${incoming.url} ${refused?.status ?? ''}`.trim())
    if (!refused) return forward(behind.address, incoming, response)
    incoming.resume()
    response.writeHead(refused.status, refused.headers)
    return void response.end('{"errors":[{"code":"DENIED","message":"emulated"}]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(lab, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` })
}

interface Refused {
  readonly status: number
  readonly headers: Record<string, string | string[]>
}

function refusalOf(
  lab: TokenRegistry,
  issued: Map<string, Issued>,
  incoming: IncomingMessage,
  url: URL,
): Refused | undefined {
  const { quirks: own } = lab
  const needed = neededFor(incoming.method ?? '', url)
  const unauthorized = (error?: string): Refused => {
    const silent = own.challengeAtPing && url.pathname !== '/v2/'
    return { status: 401, headers: silent ? {} : { 'www-authenticate': challengeOf(lab, needed, error) } }
  }
  const given = incoming.headers.authorization
  if (own.basicOnly) return given === passwordOf(own) ? undefined : unauthorized()
  const token = issued.get(given?.replace(/^Bearer /, '') ?? '')
  if (!token) return unauthorized(given && 'invalid_token')
  if (++token.uses > lab.usesOfToken) return unauthorized('invalid_token')
  if (own.forbidsUnknown && url.pathname.startsWith(`/v2/${own.forbidsUnknown}/`))
    return { status: 403, headers: {} }
  if (own.mountRefused && url.searchParams.has('mount')) return unauthorized()
  const missing = needed.some((one) => !token.grants.includes(one))
  return missing && !own.scope ? unauthorized('insufficient_scope') : undefined
}

/** `repository:action`, one each. */
function neededFor(method: string, url: URL): readonly string[] {
  const [, name] = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname) ?? []
  const from = url.searchParams.get('from')
  if (name === undefined) return []
  const reads = method === 'GET' || method === 'HEAD'
  const own = reads ? [`${name}:pull`] : [`${name}:pull`, `${name}:push`]
  return from !== null && url.searchParams.has('mount') ? [...own, `${from}:pull`] : own
}

function challengeOf(lab: TokenRegistry, needed: readonly string[], error: string | undefined): string[] {
  const { quirks: own, address } = lab
  if (own.basicOnly) return [`Basic realm="https://${address}/",service="ecr.amazonaws.com"`]
  const names = [...new Set(needed.map((one) => one.split(':')[0] ?? ''))]
  const actions = (name: string) =>
    needed.filter((one) => one.startsWith(`${name}:`)).map((one) => one.split(':')[1])
  const scope = own.scope ?? names.map((name) => `repository:${name}:${actions(name).join(',')}`).join(' ')
  const parts = [
    `realm="http://${address}${realmOf(own)}"`,
    `service="${own.service ?? address}"`,
    ...(scope ? [`scope="${scope}"`] : []),
    ...(error ? [`error="${error}"`] : []),
  ]
  return [...(own.offersBasic ? ['Basic realm="Artifactory Realm"'] : []), `Bearer ${parts.join(',')}`]
}

async function sellToken(
  lab: TokenRegistry,
  issued: Map<string, Issued>,
  incoming: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const { quirks: own } = lab
  const chunks = await Array.fromAsync(incoming as AsyncIterable<Buffer>)
  const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
  const isPost = incoming.method === 'POST'
  if (isPost) lab.secrets.push(form.toString())
  const asked = isPost ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope')
  const scopes = own.reads === 'first' ? asked.slice(0, 1) : own.reads === 'last' ? asked.slice(-1) : asked
  const known = isPost ? form.get('refresh_token') === own.password : passwordOf(own)
  const knows = isPost ? known === true : incoming.headers.authorization === known
  const service = isPost ? form.get('service') : url.searchParams.get('service')
  const status =
    isPost && own.noPost ? own.noPost : own.reads === 'one' && asked.length > 1 ? 403 : knows ? 200 : 401
  lab.tokens.push({ method: incoming.method ?? '', scopes: asked, service, granted: status === 200 })
  if (status !== 200) return void response.writeHead(status).end('{"details":"emulated"}')
  const token = randomUUID()
  issued.set(token, { grants: scopes.flatMap(grantsIn), uses: 0 })
  const expires = own.expires === undefined ? 300 : own.expires
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({ [own.field ?? 'token']: token, ...(expires !== null && { expires_in: expires }) }),
  )
}

function grantsIn(scope: string): readonly string[] {
  const [, name = '', actions = ''] = /^repository:([^:]+):(.+)$/.exec(scope) ?? []
  return actions.split(',').map((action) => `${name}:${action}`)
}

function realmOf(own: TokenQuirks): string {
  return own.realm ?? '/token'
}

function passwordOf(own: TokenQuirks): string {
  return `Basic ${Buffer.from(`${own.user}:${own.password}`).toString('base64')}`
}

function forward(address: string, incoming: IncomingMessage, response: ServerResponse): void {
  const [hostname, port] = address.split(':')
  const { method, url: path, headers } = incoming
  const { authorization: _, ...rest } = headers
  const onward = send({ hostname, port, method, path, headers: rest }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
}
