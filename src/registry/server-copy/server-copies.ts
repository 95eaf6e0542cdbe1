import { Lasting } from '../../base/index.ts'
import type { Send } from '../../cloud/index.ts'
import { sameRepository } from '../../oci/index.ts'
import type { Repository } from '../../oci/index.ts'
import type { CredentialSource, SendExchange } from '../auth/credentials.ts'
import { originOf } from '../http/origin.ts'
import type { ServerCopy } from './server-copy.ts'
import type { AcrSettings, HarborSettings, ServerCopySettings } from './settings.ts'

export interface ServerCopyAccess {
  /** By `host[:port]`. */
  readonly settings: ReadonlyMap<string, ServerCopySettings>
  readonly send: Send
  readonly sendExchange: SendExchange
  readonly credentials: CredentialSource | undefined
  readonly plainHttp: ReadonlySet<string>
  /** Where the identity for a cloud is looked up. */
  readonly env: NodeJS.ProcessEnv
}

/** The registries of a client that can pull images by themselves. */
export class ServerCopies {
  readonly #access: ServerCopyAccess
  readonly #tokens = new Lasting<string>()
  readonly #givenUp = new Set<string>()

  constructor(access: ServerCopyAccess) {
    this.#access = access
  }

  /** Who brings images from there to here; undefined = nobody, or mounting does the same. */
  async between(source: Repository, destination: Repository): Promise<ServerCopy | undefined> {
    const { settings } = this.#access
    const to = settings.get(destination.registry)
    if (!to || this.#givenUp.has(destination.registry)) return undefined
    const isOneRegistry = source.registry === destination.registry
    const from = settings.get(source.registry)?.acr
    if (to.acr && from && !isOneRegistry) return this.#acr(to.acr, from)
    const isWithin = isOneRegistry && !sameRepository(source, destination)
    const inProjects = source.name.includes('/') && destination.name.includes('/')
    return to.harbor && isWithin && inProjects ? this.#harbor(to.harbor, destination.registry) : undefined
  }

  /** A service that failed once is not asked again: a train would wait for it with every image. */
  giveUp({ registry }: Repository): void {
    this.#givenUp.add(registry)
  }

  async #acr(to: AcrSettings, from: AcrSettings): Promise<ServerCopy> {
    const { AcrImport } = await import('./acr-import.ts')
    return new AcrImport(to, from.resourceId, this.#access, this.#tokens)
  }

  async #harbor(settings: HarborSettings, registry: string): Promise<ServerCopy> {
    const { HarborCopy } = await import('./harbor-copy.ts')
    const { send, sendExchange, credentials, plainHttp } = this.#access
    const origin = originOf(registry, plainHttp)
    const credential = async (repository: Repository) =>
      credentials?.credentialFor(repository, { send: sendExchange })
    return new HarborCopy(settings, { send, origin, credential })
  }
}
