import { placeOf } from '../config/index.ts'
import type { CiSettings, Config, Environment } from '../config/index.ts'
import { parseRepository } from '../oci/index.ts'
import { needsOf } from '../policy/index.ts'
import type { KeyService, RegistryAccess } from './flow.ts'

/** The registries that a job needs, each with no more than it must do there. */
export function access(
  config: Config,
  settings: CiSettings,
  { push, pull }: { readonly push: readonly string[]; readonly pull: readonly string[] },
): readonly RegistryAccess[] {
  const pushed = hostsOf(config, push)
  const pulled = hostsOf(config, pull).filter((host) => !pushed.includes(host))
  return [
    ...pushed.map((host) => ({ host, may: 'push' as const, login: settings.login[host] })),
    ...pulled.map((host) => ({ host, may: 'pull' as const, login: settings.login[host] })),
  ]
}

/** Where builds are pushed. */
export function buildHost(config: Config): string {
  const [application] = [...config.applications.values()].filter(({ build }) => build)
  const own = application?.build?.repository
  if (own !== undefined) return parseRepository(own).registry
  const first = [...config.environments.values()].find(({ accepts }) => accepts === 'build')
  return hostsOf(config, first ? [first.name] : [])[0] ?? ''
}

/** Variables with the tokens by which gates ask outside systems. */
export function gateSecrets({ gates }: Environment): readonly string[] {
  return variablesIn(needsOf(gates).tickets.map(({ token }) => token))
}

/** What signs these classes of fact: variables that hold keys, and services that do. Keys in files need nothing. */
export function signing(
  { sign, signing: { facts: details } }: Config,
  facts: readonly string[],
): { readonly secrets: readonly string[]; readonly keyServices: readonly KeyService[] } {
  const references = facts.flatMap((fact) => [
    sign[fact]?.key,
    sign[fact]?.password,
    details[fact]?.keyless?.identityToken,
  ])
  const names = variablesIn(references)
  const services = references.flatMap((reference = '') => SERVICES[/^\w+/.exec(reference)?.[0] ?? ''] ?? [])
  const tokens = services.includes('vault') ? ['VAULT_TOKEN'] : []
  return { secrets: [...new Set([...names, ...tokens])], keyServices: [...new Set(services)] }
}

function variablesIn(references: readonly (string | undefined)[]): readonly string[] {
  const names = references.flatMap((reference) => /^env:\/\/(\w+)$/.exec(reference ?? '')?.[1] ?? [])
  return [...new Set(names)]
}

const SERVICES: Readonly<Record<string, readonly KeyService[]>> = {
  azurekms: ['azure'],
  awskms: ['aws'],
  gcpkms: ['google'],
  hashivault: ['vault'],
  github: ['keyless'],
}

function hostsOf(config: Config, environments: readonly string[]): readonly string[] {
  const places = environments.flatMap((environment) =>
    [...config.applications.keys()].map((name) => placeOf(config, name, environment).repository.registry),
  )
  return [...new Set(places)]
}

/** https hosts that an environment's digest is delivered to. Other addresses bring their own keys. */
export function gitHosts(config: Config, environment: string): readonly string[] {
  const [application = ''] = config.applications.keys()
  const addresses = placeOf(config, application, environment).deliver.flatMap((target) =>
    Object.values<{ readonly repository: string }>(target).map(({ repository }) => repository),
  )
  const hosts = addresses.flatMap((address) =>
    URL.canParse(address) && new URL(address).protocol === 'https:' ? [new URL(address).host] : [],
  )
  return [...new Set(hosts)]
}
