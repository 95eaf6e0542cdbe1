import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Cleanup } from './registries.ts'

/** What the system was asked. */
export interface Asked {
  readonly path: string
  readonly authorization: string | undefined
}

export interface ChangeSystem {
  readonly origin: string
  readonly asked: readonly Asked[]
  /** What it answers from now on. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** A change-management system on this machine; by default there is no such ticket. */
export async function changeSystem(t: Cleanup): Promise<ChangeSystem> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', authorization: request.headers.authorization })
    system.answer(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const system: ChangeSystem = {
    origin: `http://127.0.0.1:${port}`,
    asked,
    answer: (_, response) => void response.writeHead(404).end(),
  }
  return system
}

export function json(value: unknown, status = 200): ChangeSystem['answer'] {
  return (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
