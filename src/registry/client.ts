import { formatRepository } from '../oci/index.ts'
import type { Repository } from '../oci/index.ts'
import type { RetryOptions } from '../base/index.ts'
import type { Send } from '../cloud/index.ts'
import type { CredentialSource, SendExchange } from './auth/credentials.ts'
import { Landings } from './copy/landings.ts'
import { wholeAnswers } from './http/whole-answers.ts'
import { Wire } from './http/wire.ts'
import type { HintTable } from './memory/hint-table.ts'
import { RegistryMemory } from './memory/registry-memory.ts'
import { Endpoint } from './remote/endpoint.ts'
import { RemoteRepository } from './remote/repository.ts'
import { ServerCopies } from './server-copy/server-copies.ts'
import type { ServerCopySettings } from './server-copy/settings.ts'
import type { ImageStore } from './store.ts'

export interface ClientOptions {
  readonly credentials?: CredentialSource | undefined
  /** `host[:port]` spoken to without TLS. Loopback always is. */
  readonly plainHttp?: ReadonlySet<string> | undefined
  /** Ends everything this client does. */
  readonly signal?: AbortSignal | undefined
  readonly userAgent?: string | undefined
  readonly retry?: RetryOptions | undefined
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up. Default: no proxies. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** By `host[:port]`: registries that can pull images by themselves. Identities for that are looked up in `env`. */
  readonly serverCopies?: ReadonlyMap<string, ServerCopySettings> | undefined
  /** What is known from earlier runs; saved by `close`. Without it nothing outlives this client. */
  readonly memory?: RegistryMemory | undefined
  /** There is no such option: trust a private certificate authority with NODE_EXTRA_CA_CERTS instead. */
  readonly insecureTls?: never
}

/** Talks to registries: one pool of connections, one set of tokens, whatever the number of repositories. */
export class RegistryClient {
  readonly #wire: Wire
  readonly #memory: RegistryMemory
  readonly #services: ServerCopies | undefined
  readonly #landings = new Map<string, Landings>()
  readonly #repositories = new Map<string, RemoteRepository>()

  constructor(options: ClientOptions) {
    this.#memory = options.memory ?? new RegistryMemory(undefined)
    this.#wire = new Wire({
      credentials: options.credentials,
      plainHttp: options.plainHttp ?? new Set(),
      signal: options.signal,
      userAgent: options.userAgent ?? 'waybill',
      retry: options.retry,
      memory: this.#memory,
      proxies: options.env,
    })
    this.#services = this.#servicesOf(options)
  }

  repository(repository: Repository): ImageStore {
    const key = formatRepository(repository)
    const known = this.#repositories.get(key)
    if (known) return known
    const landings = this.#landings.get(repository.registry) ?? new Landings()
    this.#landings.set(repository.registry, landings)
    const store = new RemoteRepository(
      new Endpoint(this.#wire, repository, this.#memory),
      landings,
      this.#services,
    )
    this.#repositories.set(key, store)
    return store
  }

  /** Sends to other services over the same connections and proxies; nothing of a registry goes there. @throws REGISTRY_UNREACHABLE */
  get send(): Send {
    return wholeAnswers((exchange) => this.#wire.sendOut(exchange))
  }

  /** What was found to be finished, in this run and earlier ones. */
  get finished(): HintTable {
    return this.#memory.finished
  }

  /** All HTTP requests so far, token requests and retries included. */
  get requests(): number {
    return this.#wire.requests
  }

  /** Drops all connections. What is under way fails. */
  async close(): Promise<void> {
    await Promise.all([this.#wire.close(), this.#memory.save()])
  }

  #servicesOf({ serverCopies: settings, credentials, plainHttp = new Set(), env = {} }: ClientOptions) {
    if (!settings?.size) return undefined
    const sendExchange: SendExchange = (exchange) => this.#wire.sendOut(exchange)
    return new ServerCopies({ settings, credentials, plainHttp, env, send: this.send, sendExchange })
  }
}
