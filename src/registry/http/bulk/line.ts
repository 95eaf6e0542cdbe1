import { connect, isIP } from 'node:net'
import type { LookupFunction, Socket, TcpNetConnectOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { limitConnecting } from '../connect-limit.ts'
import { keepReading } from '../keep-reading.ts'
import { Inflow } from './inflow.ts'

export interface LineOptions {
  readonly url: URL
  readonly lookup: LookupFunction
  /** A TLS session to go on with, and where new ones are put. */
  readonly session: Buffer | undefined
  readonly onSession: (session: Buffer) => void
}

/** One connection of the pump. */
export class Line {
  readonly inflow = new Inflow()
  /** How many requests it carried before this one. */
  used = 0
  /** Monotonic milliseconds after which the server may have closed it. */
  keptUntil = Infinity
  readonly #socket: Socket
  #written: (() => void) | undefined

  constructor(options: LineOptions) {
    const { inflow } = this
    this.#socket = open(options, inflow)
    inflow.socket = this.#socket
    this.#socket.setNoDelay(true)
    this.#socket.on('error', (error) => inflow.end(error))
    this.#socket.once('end', () => inflow.end())
    this.#socket.once('close', () => {
      inflow.end()
      this.#written?.()
    })
  }

  /** Nothing is amiss with it as far as we know: no end, no byte that nobody asked for. */
  get usable(): boolean {
    const { destroyed, readable, writable } = this.#socket
    return !destroyed && readable && writable && this.inflow.empty && performance.now() < this.keptUntil
  }

  /** One at a time. Resolves when the memory of these bytes is no longer needed; when the connection broke, too. */
  write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#written = resolve
    this.#socket.write(bytes, () => resolve())
    return promise
  }

  /** An idle line does not keep the process alive. */
  rest(until: number): void {
    this.keptUntil = until
    this.#socket.unref()
  }

  /** Taken into use again. */
  wake(): void {
    this.used++
    this.#socket.ref()
  }

  drop(failure?: Error): void {
    if (failure) this.inflow.end(failure)
    this.#socket.destroy()
  }
}

function open({ url, lookup, session, onSession }: LineOptions, { onread }: Inflow): Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (url.protocol !== 'https:') {
    const options = { host, port: Number(url.port || 80), lookup, onread, autoSelectFamily: true }
    return limitConnecting(keepReading(connect(options)), 'connect')
  }
  const options: ConnectionOptions & TcpNetConnectOpts = {
    host,
    port: Number(url.port || 443),
    lookup,
    autoSelectFamily: true,
    ALPNProtocols: ['http/1.1'],
    onread,
    ...(isIP(host) === 0 && { servername: host }),
    ...(session && { session }),
  }
  const socket = connectTls(options)
  socket.on('session', onSession)
  return limitConnecting(keepReading(socket), 'secureConnect')
}
