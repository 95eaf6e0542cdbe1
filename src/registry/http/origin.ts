import { fail, isLoopback } from '../../base/index.ts'
import { ociErrors } from '../../oci/index.ts'
import type { Repository } from '../../oci/index.ts'

/** Docker Hub's images live under another name than people write. */
const DOCKER_HUB = { registry: 'docker.io', api: 'registry-1.docker.io' } as const

/** `host[:port]` without its port. */
function hostnameOf(registry: string): string {
  return registry.replace(/:\d+$/, '')
}

/** True when this registry is spoken to without TLS: loopback, or listed by the user. */
export function isPlain(registry: string, plainHttp: ReadonlySet<string>): boolean {
  return plainHttp.has(registry) || isLoopback(hostnameOf(registry))
}

/** Where the API of a registry is: scheme, host and port. @throws REFERENCE_INVALID for a host no URL can have */
export function originOf(registry: string, plainHttp: ReadonlySet<string>): string {
  const host = registry === DOCKER_HUB.registry ? DOCKER_HUB.api : registry
  const address = `${isPlain(registry, plainHttp) ? 'http' : 'https'}://${host}`
  if (URL.canParse(address)) return new URL(address).origin
  throw fail(ociErrors.REFERENCE_INVALID, {
    message: `Found the host "${registry}", expected a host name or IP address and a port up to 65535.`,
    where: registry,
  })
}

/** `/v2/<name>/<rest>` on the repository's registry. */
export function repositoryUrl(origin: string, repository: Repository, rest: string): URL {
  return new URL(`${origin}/v2/${repository.name}/${rest}`)
}
