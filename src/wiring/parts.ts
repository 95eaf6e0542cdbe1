import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, systemReason } from '../base/index.ts'
import { placeOf, upstreamOf } from '../config/index.ts'
import type { Config } from '../config/index.ts'
import { needsOf } from '../policy/index.ts'
import type { Parts, Stop } from '../promotion/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { readVersion } from '../base/version.ts'
import { wiringErrors } from './errors.ts'
import { connect, openImage } from './images.ts'
import { KeyRing } from './keys.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** Config → the live parts the road is driven with. The one place where adapters are made. */
export interface Wired {
  readonly config: Config
  readonly client: RegistryClient
  readonly keys: KeyRing
  readonly parts: Parts
}

export function wire(config: Config, options: WorkspaceOptions): Wired {
  const { env, cwd, clock, onStep, signal } = options
  const keys = new KeyRing(config.sign, config.directory, env, () => client.send)
  const publicEnv = keys.publicEnvironment(ticketTokens(config))
  const client: RegistryClient = connect({ env: publicEnv, signal }, plainHosts(config))
  const parts: Parts = {
    trust: config.trust,
    clock,
    onStep,
    signal,
    promoter: { id: 'waybill', version: readVersion() },
    env: publicEnv,
    directory: config.directory,
    delivery: { directory: config.directory, env: publicEnv, remembered: client.finished },
    stop: (application, environment) => stopOf(config, application, environment),
    environments: () => [...config.environments.keys()],
    store: (repository) => client.repository(repository),
    openImage: (text, home) => openImage(text, home, client, cwd),
    signer: (fact) => keys.signer(fact),
    readKey: (reference) => keys.key(reference, cwd),
    readFile: (path) => readNamed(path, cwd),
    // Loaded where a gate asks: most roads have no tickets.
    askTicket: async (question, ticket) => {
      const { askTicket } = await import('./ask-ticket.ts')
      return askTicket(question, ticket, { env, signal })
    },
    requests: () => client.requests,
  }
  return { config, client, keys, parts }
}

/** References to the tokens that gates ask with. */
function ticketTokens({ environments }: Config): readonly string[] {
  const gates = [...environments.values()].flatMap((environment) => environment.gates)
  return needsOf(gates).tickets.flatMap(({ token }) => token ?? [])
}

function plainHosts(config: Config): ReadonlySet<string> {
  return new Set([...config.registries].filter(([, { plainHttp }]) => plainHttp).map(([host]) => host))
}

/** One environment of one application, as a configuration has it. @throws CONFIG_UNKNOWN_NAME */
export function stopOf(config: Config, applicationName: string, environmentName: string): Stop {
  const { application, environment, repository, deliver } = placeOf(config, applicationName, environmentName)
  const { accepts, tags, gates, exceptions, prove } = environment
  return {
    application: application.name,
    environment: environment.name,
    source: application.source,
    upstream: upstreamOf(config, environment.name),
    upstreamMode: environment.after?.mode ?? 'all',
    repository,
    deliver,
    accepts,
    tags,
    gates,
    exceptions,
    prove,
  }
}

/** A file named on the command line. @throws FILE_UNREADABLE */
async function readNamed(path: string, cwd: string): Promise<Buffer> {
  try {
    return await readFile(resolve(cwd, path))
  } catch (cause) {
    throw fail(wiringErrors.FILE_UNREADABLE, {
      message: `Cannot read ${path}: ${systemReason(cause) ?? (cause as Error).message}.`,
      where: resolve(cwd, path),
      cause,
    })
  }
}
