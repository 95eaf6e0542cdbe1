import { isAbsolute, resolve } from 'node:path'
import { loadConfig } from '../config/index.ts'
import { history, status, trace, verify } from '../insight/index.ts'
import { approve, attest, chainPlace, pass, plan, promote, release, rollback } from '../promotion/index.ts'
import { build, buildRepository } from './build.ts'
import { openImage } from './images.ts'
import { wire } from './parts.ts'
import type { Wired } from './parts.ts'
import { testReader } from './read-tests.ts'
import type { Workspace, WorkspaceOptions } from './workspace.ts'

/**
 * Reads the configuration and connects everything it names. Nothing is contacted before it is needed.
 * @throws CONFIG_MISSING, CONFIG_INVALID, TRUST_INVALID
 */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { configFile, cwd } = options
  const config = await loadConfig(isAbsolute(configFile) ? configFile : resolve(cwd, configFile))
  const wired = wire(config, options)
  const { parts, client } = wired
  const applications = (name: string | undefined) =>
    name === undefined ? [...config.applications.keys()] : [name]
  return {
    plan: (command) => plan(command, parts),
    promote: (command) => promote(command, parts),
    release: (command) => release(command, parts),
    rollback: (command) => rollback(command, parts),
    pass: (command) => pass(command, parts),
    approve: (command) => approve(command, parts),
    attest: (command) => attest(command, testReader((path) => parts.readFile(path)), parts),
    build: (command) => build(command, wired, options),
    status: ({ application }) => status(applications(application), parts),
    history: (question) => history(question, parts),
    trace: ({ query, application }) => trace(query, applications(application), parts),
    verify: ({ reference, application }) => verifyImage(reference, applications(application), wired, options),
    close: () => client.close(),
  }
}

async function verifyImage(
  reference: string,
  applications: readonly string[],
  { config, parts, client }: Wired,
  options: WorkspaceOptions,
) {
  const [only] = applications
  const application =
    applications.length === 1 && only !== undefined ? config.applications.get(only) : undefined
  const home = application && buildRepository(config, application)
  const { store, name } = await openImage(reference, home, client, options.cwd)
  const chains = applications.flatMap((each) =>
    parts.environments().map((environment) => parts.stop(each, environment)),
  )
  return verify({
    reference,
    store,
    name,
    trust: parts.trust,
    now: parts.clock.now(),
    chains: store.repository ? chains.map((stop) => chainPlace(stop, parts)) : [],
  })
}
