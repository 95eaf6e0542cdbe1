import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { copyTree, rawManifest, rawReferrers, rawTags } from './raw-copy.ts'
import type { Place } from './raw-copy.ts'
import type { Cleanup, LabRegistry } from './registries.ts'

// Harbor 2.x: a registry, and beside it the artifact API of its swagger. Copying takes children, tags of the outermost
// artifact, and accessories with theirs, as src/controller/artifact does (goharbor/harbor#16675). By hand; nothing here
// is Waybill's own code.

const BASIC = `Basic ${Buffer.from('robot$ci:harbor-secret').toString('base64')}`
export const HARBOR_LOGIN = { username: 'robot$ci', password: 'harbor-secret' }

export interface HarborRequest {
  readonly method: string
  /** As it came in, not decoded. */
  readonly path: string
  readonly authorization: string | undefined
}

export interface HarborService {
  readonly lab: LabRegistry
  readonly address: string
  /** Requests to `/api/`. */
  readonly seen: HarborRequest[]
  /** Copies accessories (2.5 and later). */
  accessories: boolean
  /** Says 201 and does nothing. */
  lies: boolean
  /** Asked first; a status in place of the answer. */
  instead: ((request: HarborRequest) => number | 'hang' | undefined) | undefined
}

export async function harborService(t: Cleanup, lab: LabRegistry): Promise<HarborService> {
  const service: HarborService = {
    lab,
    address: '',
    seen: [],
    accessories: true,
    lies: false,
    instead: undefined,
  }
  const server = createServer((incoming, response) => {
    if (incoming.url?.startsWith('/api/')) void api(service, incoming, response)
    else forward(lab.address, incoming, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(service, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` })
}

function forward(address: string, incoming: IncomingMessage, response: ServerResponse): void {
  const [hostname, port] = address.split(':')
  const { method, url: path, headers } = incoming
  const onward = send({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
}

async function api(service: HarborService, incoming: IncomingMessage, response: ServerResponse) {
  const { method = '', url: path = '', headers } = incoming
  const request = { method, path, authorization: headers.authorization }
  service.seen.push(request)
  const instead = service.instead?.(request)
  if (instead === 'hang') return
  const [status, body] = instead === undefined ? await answered(service, request) : [instead, errors('TOLD')]
  response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body))
}

type Answer = readonly [number, object?]

const ARTIFACTS = /^\/api\/v2\.0\/projects\/([^/]+)\/repositories\/([^/]+)\/artifacts(?:\/([^/?]+))?\?(.*)$/

async function answered(
  service: HarborService,
  { method, path, authorization }: HarborRequest,
): Promise<Answer> {
  if (authorization !== BASIC) return [401, errors('UNAUTHORIZED')]
  const [, project = '', encoded = '', digest, query] = ARTIFACTS.exec(path) ?? []
  // The router decodes once, the handler again; a slash that was encoded once never gets here.
  const name = decodeURIComponent(decodeURIComponent(encoded))
  if (!project || !name || (name.includes('/') && !encoded.includes('%252F')))
    return [404, errors('NOT_FOUND')]
  const place = { url: `http://${service.lab.address}`, name: `${project}/${name}` }
  const parameters = new URLSearchParams(query)
  if (method === 'GET' && digest) return artifact(service, place, decodeURIComponent(digest), parameters)
  if (method !== 'POST' || digest) return [405, errors('METHOD_NOT_ALLOWED')]
  const [, from = '', wanted = ''] =
    /^([a-z0-9/._-]+)@(sha256:[0-9a-f]{64})$/.exec(parameters.get('from') ?? '') ?? []
  if (!from || [...parameters.keys()].length !== 1) return [400, errors('BAD_REQUEST')]
  if (!(await rawManifest({ ...place, name: from }, wanted))) return [404, errors('NOT_FOUND')]
  if (!service.lies) await copied(service, { ...place, name: from }, place, wanted)
  return [201]
}

async function artifact(
  service: HarborService,
  place: Place,
  digest: string,
  asked: URLSearchParams,
): Promise<Answer> {
  const manifest = await rawManifest(place, digest)
  if (!manifest) return [404, errors('NOT_FOUND')]
  const tags = await tagsOf(place, digest)
  const accessories = await rawReferrers(place, digest)
  const references = (manifest.manifests ?? []).map((child) => ({ child_digest: child.digest }))
  return [
    200,
    {
      digest,
      type: 'IMAGE',
      // Harbor leaves out, or gives null, where there is none.
      ...(asked.get('with_tag') !== 'false' && {
        tags: tags.length > 0 ? tags.map((name) => ({ name })) : null,
      }),
      ...(asked.get('with_accessory') === 'true' && {
        accessories: service.accessories
          ? accessories.map((one) => ({ digest: one, type: 'subject.accessory' }))
          : null,
      }),
      ...(references.length > 0 && { references }),
    },
  ]
}

async function copied(service: HarborService, from: Place, to: Place, digest: string): Promise<void> {
  await copyTree(from, to, digest)
  for (const tag of await tagsOf(from, digest)) await tagged(to, digest, tag)
  if (service.accessories)
    for (const one of await rawReferrers(from, digest)) await copied(service, from, to, one)
}

async function tagsOf(place: Place, digest: string): Promise<readonly string[]> {
  return [...(await rawTags(place))].filter(([, named]) => named === digest).map(([tag]) => tag)
}

async function tagged({ url, name }: Place, digest: string, tag: string): Promise<void> {
  const { mediaType = '' } = (await rawManifest({ url, name }, digest)) ?? {}
  const headers = { accept: mediaType, 'content-type': mediaType }
  const found = await fetch(`${url}/v2/${name}/manifests/${digest}`, { headers })
  await fetch(`${url}/v2/${name}/manifests/${tag}`, {
    method: 'PUT',
    headers,
    body: await found.arrayBuffer(),
  })
}

function errors(code: string): object {
  return { errors: [{ code, message: `${code.toLowerCase()}: said Harbor` }] }
}
