import { formatRepository } from '../../oci/index.ts'
import type { Repository } from '../../oci/index.ts'
import type { Abilities } from '../abilities.ts'
import { covers } from '../auth/scope.ts'
import type { Action, Scope } from '../auth/scope.ts'
import type { Answer } from '../http/exchange.ts'
import { originOf, repositoryUrl } from '../http/origin.ts'
import type { Wire, WireRequest } from '../http/wire.ts'
import type { ContentCache } from '../memory/content-cache.ts'
import type { HostMemory } from '../memory/host-memory.ts'
import type { RegistryMemory } from '../memory/registry-memory.ts'

export type EndpointRequest = Omit<WireRequest, 'origin' | 'access' | 'url'> & { readonly url: URL | string }

/** One repository's address on the wire. */
export class Endpoint {
  readonly wire: Wire
  readonly repository: Repository
  readonly origin: string
  readonly memory: HostMemory
  readonly content: ContentCache
  readonly where: string
  #wants: readonly Scope[] = []

  constructor(wire: Wire, repository: Repository, memory: RegistryMemory) {
    this.wire = wire
    this.repository = repository
    this.origin = originOf(repository.registry, wire.options.plainHttp)
    this.memory = memory.host(repository.registry)
    this.content = memory.content
    this.where = formatRepository(repository)
  }

  /** What this registry was found to do; filled in on the way. */
  get abilities(): Abilities {
    return this.memory.abilities
  }

  /** From now on ask for tokens that allow writing here and pulling from there: one token instead of three. */
  expectWrites(mountFrom: Repository | undefined): void {
    const own: Scope = { repository: this.repository, actions: ['pull', 'push'] }
    this.#wants = mountFrom ? [own, { repository: mountFrom, actions: ['pull'] }] : [own]
  }

  /** `url`: an absolute one from the registry, or the part after `/v2/<name>/`. */
  send(actions: readonly Action[], request: EndpointRequest, pullFrom?: Repository): Promise<Answer> {
    const own: Scope = { repository: this.repository, actions }
    const { url } = request
    const needs: [Scope, ...Scope[]] = pullFrom ? [own, { repository: pullFrom, actions: ['pull'] }] : [own]
    return this.wire.send({
      ...request,
      url: typeof url === 'string' ? repositoryUrl(this.origin, this.repository, url) : url,
      origin: this.origin,
      access: { needs, wants: covers(this.#wants, needs) ? this.#wants : needs },
    })
  }
}
