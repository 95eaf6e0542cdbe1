import { Agent, createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TokenDesk } from './token-desk.ts'

/** How far away a registry is, and whether it asks for tokens. */
export interface Setting {
  /** Milliseconds added to every request before it is passed on. Connecting is not delayed. */
  readonly latency: number
  readonly bearer: boolean
}

/** A proxy in front of a registry: counts, delays, asks for tokens. Bodies stream through it, nothing waits in line. */
export class TracingProxy {
  setting: Setting = { latency: 0, bearer: false }
  /** Every request since the last `take`, as `GET /v2/… 200`; token requests say `/token`. */
  #seen: string[] = []
  readonly #desk = new TokenDesk()
  readonly #agent = new Agent({ keepAlive: true })
  readonly #target: { readonly host: string; readonly port: string }
  readonly #server = createServer({ maxHeaderSize: 64 * 1024 }, (incoming, response) => {
    this.#trace(incoming, response)
    if (this.setting.latency === 0) this.#answer(incoming, response)
    else setTimeout(() => this.#answer(incoming, response), this.setting.latency)
  })

  private constructor(target: string) {
    const [host = '', port = ''] = target.split(':')
    this.#target = { host, port }
  }

  /** Starts one in front of `target` (host:port), on any free port unless one is given. */
  static async start(target: string, port = 0): Promise<TracingProxy> {
    const proxy = new TracingProxy(target)
    proxy.#server.keepAliveTimeout = 60_000
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
    return proxy
  }

  get address(): string {
    const found = this.#server.address()
    return `127.0.0.1:${typeof found === 'object' && found ? found.port : 0}`
  }

  /** What was asked since the last call. */
  take(): readonly string[] {
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
    this.#agent.destroy()
  }

  #trace({ method, url }: IncomingMessage, response: ServerResponse): void {
    const seen = this.#seen
    const place = seen.push(`${method} ${url}`) - 1
    response.on('finish', () => (seen[place] += ` ${response.statusCode}`))
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    if (!this.setting.bearer) this.#forward(incoming, response)
    else if (incoming.url?.startsWith('/token')) this.#sell(incoming, response)
    else {
      const missing = this.#desk.missing(incoming)
      if (missing === undefined) this.#forward(incoming, response)
      else this.#challenge(missing, incoming, response)
    }
  }

  #forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = incoming
    // The Host header stays: registries build upload addresses from it.
    const { authorization: _spent, ...others } = headers
    const outgoing = request(
      { ...this.#target, method, path, headers: others, agent: this.#agent },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
        answer.pipe(response)
      },
    )
    outgoing.on('error', () => response.destroy())
    response.on('close', () => response.writableFinished || outgoing.destroy())
    incoming.pipe(outgoing)
  }

  #challenge(scope: string, incoming: IncomingMessage, response: ServerResponse): void {
    const wanted = scope && `,scope="${scope}"`
    const challenge = `Bearer realm="http://${this.address}/token",service="${this.address}"${wanted}`
    const body = { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required', detail: null }] }
    incoming.resume()
    say(response, 401, body, { 'www-authenticate': challenge })
  }

  #sell(incoming: IncomingMessage, response: ServerResponse): void {
    let form = ''
    incoming.setEncoding('utf8').on('data', (chunk: string) => (form += chunk))
    incoming.on('end', () => {
      const sold = this.#desk.sell(incoming.url ?? '', incoming.headers.authorization, form)
      say(response, sold ? 200 : 401, sold ?? { errors: [{ code: 'UNAUTHORIZED' }] })
    })
  }
}

function say(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body)
  const length = String(Buffer.byteLength(text))
  const always = { 'content-type': 'application/json', 'content-length': length }
  response.writeHead(status, { ...always, 'docker-distribution-api-version': 'registry/2.0', ...headers })
  response.end(text)
}
