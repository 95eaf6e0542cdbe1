import type { SendExchange } from '../../src/registry/auth/credentials.ts'
import { scriptedServer } from './registries.ts'
import type { Cleanup } from './registries.ts'

/** One request to a cloud: where it would have gone, and what it held. */
export interface CloudSeen {
  readonly method: string
  readonly address: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface CloudService {
  readonly send: SendExchange
  readonly seen: CloudSeen[]
}

/** Every host of a cloud, on one loopback server: `answer` gives status and body for what was asked of `address`. */
export async function cloudService(
  t: Cleanup,
  answer: (request: CloudSeen) => readonly [number, string | object],
): Promise<CloudService> {
  const seen: CloudSeen[] = []
  const server = await scriptedServer(t, ({ method, headers, body }, response) => {
    const request = { method, address: String(headers['x-address']), headers, body }
    seen.push(request)
    const [status, text] = answer(request)
    response.writeHead(status).end(typeof text === 'string' ? text : JSON.stringify(text))
  })
  const send: SendExchange = async ({ method, url, headers, body }) => {
    const found = await fetch(server.url, {
      method,
      headers: { ...headers, 'x-address': url.href },
      ...(Buffer.isBuffer(body) && { body: new Uint8Array(body) }),
    })
    const bytes = Buffer.from(await found.arrayBuffer())
    const chunks = (async function* () {
      yield bytes
    })()
    const header = (name: string) => found.headers.get(name) ?? undefined
    return { status: found.status, url, body: chunks, header, headers: (name) => [header(name) ?? ''] }
  }
  return { send, seen }
}
