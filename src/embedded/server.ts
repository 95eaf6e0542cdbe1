import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fail } from '../base/index.ts'
import { embeddedErrors } from './errors.ts'
import type { RegistryOptions, RunningRegistry } from './options.ts'
import { responder } from './respond.ts'
import { openDisk } from './storage/disk.ts'

/** A connection on which nothing moves for this long is cut (milliseconds). Uploads of any length may go on. */
const IDLE = 120_000

/**
 * Serves an OCI distribution 1.1 registry from a directory.
 * @throws REGISTRY_ROOT_UNUSABLE, REGISTRY_CANNOT_LISTEN
 */
export async function serveRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const now = options.now ?? (() => new Date())
  const disk = await openDisk(options.root, now)
  const respond = responder(options, disk, now)
  const pending = new Set<Promise<void>>()
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const work = respond(request, response).finally(() => pending.delete(work))
    pending.add(work)
  })
  server.requestTimeout = 0
  server.setTimeout(IDLE)
  const address = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0)
  return { address, url: `http://${address}`, close: () => close(server, pending) }
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port }, resolve)
  try {
    await promise
  } catch (cause) {
    throw fail(embeddedErrors.REGISTRY_CANNOT_LISTEN, {
      message: `Cannot listen: ${cause instanceof Error ? cause.message : String(cause)}.`,
      where: `${host}:${port}`,
      cause,
    })
  }
  server.off('error', reject)
  const bound = server.address() as AddressInfo
  return bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`
}

async function close(server: Server, pending: ReadonlySet<Promise<void>>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  await Promise.allSettled(pending)
  await promise
}
