import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fail, systemReason } from '../base/index.ts'
import { parseRepository } from '../oci/index.ts'
import { placeOf, upstreamOf } from '../config/index.ts'
import type { Config } from '../config/index.ts'
import { needsOf } from '../policy/index.ts'
import type { Parts, Stop } from '../promotion/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { checkExpiry } from '../signing/index.ts'
import { readVersion } from '../base/version.ts'
import { wiringErrors } from './errors.ts'
import { FactSigners } from './fact-signers.ts'
import { identityVariables } from './identity-token.ts'
import { connect, openImage } from './images.ts'
import { KeyRing } from './keys.ts'
import { registrySettings } from './registry-settings.ts'
import { withoutKeys } from './without-keys.ts'
import type { WorkspaceOptions } from './workspace.ts'

/** Config → the live parts the road is driven with. The one place where adapters are made. */
export interface Wired {
  readonly config: Config
  readonly client: RegistryClient
  readonly signers: FactSigners
  readonly parts: Parts
}

export function wire(config: Config, options: WorkspaceOptions): Wired {
  const { env, cwd, clock, onStep, signal } = options
  checkExpiry(config.trust, clock.now())
  const keys = new KeyRing(config.sign, config.directory, env, () => client.send)
  const signers = new FactSigners(config, keys, env, signal)
  const publicEnv = withoutTokens(keys.publicEnvironment(ticketTokens(config)), config)
  const { plainHttp, serverCopies } = registrySettings(config)
  const client: RegistryClient = connect(
    { env, programs: withoutKeys(publicEnv), signal },
    plainHttp,
    serverCopies,
  )
  const parts: Parts = {
    trust: config.trust,
    clock,
    onStep,
    signal,
    promoter: { id: 'waybill', version: readVersion() },
    env: publicEnv,
    directory: config.directory,
    profile: config.signing.profile,
    delivery: { directory: config.directory, env: publicEnv, remembered: client.finished },
    stop: (application, environment) => stopOf(config, application, environment),
    environments: () => [...config.environments.keys()],
    store: (repository) => client.repository(repository),
    openImage: (text, home) => openImage(text, home, client, cwd),
    signer: (fact) => signers.signer(fact),
    readKey: (reference) => keys.key(reference, cwd),
    asSigner: (key, fact) => signers.withKey(key, fact),
    readFile: (path) => readNamed(path, cwd),
    // Loaded where a gate asks: most roads have no tickets.
    askTicket: async (question, ticket) => {
      const { askTicket } = await import('./ask-ticket.ts')
      return askTicket(question, ticket, { env, signal })
    },
    requests: () => client.requests,
  }
  return { config, client, signers, parts }
}

/** Without the identity of keyless signing: whoever is called on the way could sign with it as well. */
function withoutTokens(env: NodeJS.ProcessEnv, { signing }: Config): NodeJS.ProcessEnv {
  const sources = Object.values(signing.facts).flatMap((fact) => fact?.keyless?.identityToken ?? [])
  const secret = new Set(sources.flatMap(identityVariables))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secret.has(name)))
}

/** References to the tokens that gates ask with. */
function ticketTokens({ environments }: Config): readonly string[] {
  const gates = [...environments.values()].flatMap((environment) => environment.gates)
  return needsOf(gates).tickets.flatMap(({ token }) => token ?? [])
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
    builds: application.build?.repository ? parseRepository(application.build.repository) : repository,
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
