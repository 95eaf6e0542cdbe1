import { createServer, request as send } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup, LabRegistry } from './registries.ts'

/** A registry seen through a proxy that can hold requests back, and can hide preconditions from it. */
export interface ProxiedRegistry extends LabRegistry {
  /** Awaited before a request is passed on; undefined = at once. */
  hold: ((request: { method: string; path: string }) => Promise<void> | undefined) | undefined
}

/** `conditions` false: If-Match and If-None-Match never arrive, as on most registries in the field. */
export async function throughProxy(
  t: Cleanup,
  lab: LabRegistry,
  { conditions }: { readonly conditions: boolean },
): Promise<ProxiedRegistry> {
  const proxied: ProxiedRegistry = { ...lab, address: '', hold: undefined }
  const server = createServer((incoming, response) => {
    const held = proxied.hold?.({ method: incoming.method ?? '', path: incoming.url ?? '' })
    void Promise.resolve(held).then(() => forward(lab.address, incoming, response, conditions))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return Object.assign(proxied, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` })
}

function forward(
  address: string,
  incoming: IncomingMessage,
  response: ServerResponse,
  conditions: boolean,
): void {
  const { 'if-match': _match, 'if-none-match': _none, ...rest } = incoming.headers
  const [hostname, port] = address.split(':')
  const { method, url: path } = incoming
  const headers = conditions ? incoming.headers : rest
  const onward = send({ hostname, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
}
