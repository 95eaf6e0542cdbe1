import type { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { AddressGuard } from './address-guard.ts'
import { bulkExchange } from './bulk/bulk-exchange.ts'
import { Lines } from './bulk/lines.ts'
import { limitConnecting } from './connect-limit.ts'
import type { Answer, Exchange } from './exchange.ts'
import { keepReading } from './keep-reading.ts'
import { ordinaryExchange } from './ordinary-exchange.ts'
import { proxyFor } from './proxy-choice.ts'
import type { ProxyVariables } from './proxy-choice.ts'

export interface ConnectionOptions {
  readonly proxies: ProxyVariables
  /** `host[:port]` the user named: they may be anywhere. */
  readonly trusted: ReadonlySet<string>
}

/** All open connections, kept for the next request. Those a registry sent us to are kept apart from those the user named. */
export class Connections {
  readonly #options: ConnectionOptions
  readonly #guard = new AddressGuard()
  readonly #agents = new Map<string, Agent>()
  readonly #lines = new Map<string, Lines>()

  constructor(options: ConnectionOptions) {
    this.#options = options
  }

  /**
   * Sends one request on behalf of `registry`. Redirects are answers here. `onEnd`: the exchange is over, perhaps
   * told twice. @throws REGISTRY_UNREACHABLE, REGISTRY_ANSWER_INVALID, the signal's reason
   */
  async exchange(given: Exchange, registry: URL, onEnd: () => void): Promise<Answer> {
    const { url } = given
    const proxy = proxyFor(url, this.#options.proxies)
    const own = url.host === registry.host || this.#options.trusted.has(url.host)
    const reach = own ? undefined : await this.#guard.reachOf(registry)
    if (reach) this.#guard.checkLiteral(url, reach)
    const lookup = reach ? this.#guard.within(reach) : this.#guard.open
    if (given.bulk && !proxy) {
      const lines = this.#linesTo(`${url.origin} ${reach?.join() ?? ''}`, lookup)
      return bulkExchange(lines, given, onEnd)
    }
    return ordinaryExchange(this.#agent(url, reach?.join() ?? '', proxy, lookup), given, onEnd)
  }

  /** Drops every connection; what is under way fails. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy()
    for (const lines of this.#lines.values()) lines.close()
    this.#agents.clear()
    this.#lines.clear()
  }

  #linesTo(key: string, lookup: LookupFunction): Lines {
    const lines = this.#lines.get(key) ?? new Lines(lookup)
    this.#lines.set(key, lines)
    return lines
  }

  #agent(url: URL, reach: string, proxy: string | undefined, lookup: LookupFunction): Agent {
    const key = `${url.protocol} ${proxy ?? reach}`
    const known = this.#agents.get(key)
    if (known) return known
    const agent = proxy ? proxied(url.protocol, proxy) : direct(url.protocol, lookup)
    this.#agents.set(key, agent)
    return agent
  }
}

const KEPT = { keepAlive: true, maxFreeSockets: 64 } as const

function direct(protocol: string, lookup: LookupFunction): Agent {
  const secure = protocol === 'https:'
  const { Agent } = process.getBuiltinModule(secure ? 'node:https' : 'node:http')
  const agent = new Agent({ ...KEPT, lookup })
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, done) => {
    const socket = connect(options, done)
    if (!(socket instanceof process.getBuiltinModule('node:net').Socket)) return socket
    return limitConnecting(keepReading(socket), secure ? 'secureConnect' : 'connect')
  }
  return agent
}

function proxied(protocol: string, proxy: string): Agent {
  if (protocol === 'https:')
    return new (process.getBuiltinModule('node:https').Agent)({ ...KEPT, proxyEnv: { https_proxy: proxy } })
  return new (process.getBuiltinModule('node:http').Agent)({ ...KEPT, proxyEnv: { http_proxy: proxy } })
}
