import { isAbsolute, resolve } from 'node:path'
import { loadConfig } from '../config/index.ts'
import { history, status, trace, verify } from '../insight/index.ts'
import {
  approve,
  attest,
  attestReports,
  chainPlace,
  foresee,
  holdAll,
  pass,
  planPromotion,
  promote,
  release,
  repair,
  revoke,
  rollback,
  signBreakGlass,
  waive,
  waivers,
} from '../promotion/index.ts'
import { sameRepository } from '../oci/index.ts'
import type { PromoteCommand, ReleaseCommand, Stop } from '../promotion/index.ts'
import type { RegistryClient } from '../registry/index.ts'
import { openImage } from './images.ts'
import type { NamedImage } from './images.ts'
import { wire } from './parts.ts'
import type { Wired } from './parts.ts'
import type { NamedRef, ReleaseOrder, Workspace, WorkspaceOptions } from './workspace.ts'

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
  const stopsOf = (names: readonly string[]) =>
    names.flatMap((each) => parts.environments().map((name) => parts.stop(each, name)))
  return {
    plan: async (order, { delta = true, ...reading } = {}) => {
      const command = await withRef(order, wired, options)
      if (!delta) return foresee(await planPromotion(command, parts), parts)
      const { explain } = await import('./explain.ts')
      return explain(command, reading, wired)
    },
    promote: async (order) => promote(await withRef(order, wired, options), parts),
    release: async (order) => release(await releaseOf(order, wired, options), parts),
    rollback: (command) => rollback(command, parts),
    pass: (command) => pass(command, parts),
    approve: (command) => approve(command, parts),
    hold: (command) => holdAll(applications(command.application), command, parts),
    waive: (command) => waive(command, parts),
    revoke: (command) => revoke(command, parts),
    waivers: (question) => waivers(question, parts),
    breakGlass: (command) => signBreakGlass(command, parts),
    attest: (command) => attest(command, parts),
    // Loaded by the commands that need them: the road itself reads no reports and builds nothing.
    attestReports: async (command) => {
      const { reportReader } = await import('./read-reports.ts')
      return attestReports(command, reportReader(options, parts), parts)
    },
    check: async (command) => {
      const { check } = await import('./check.ts')
      return check(command, wired, options)
    },
    test: async (command) => {
      const { test } = await import('./check.ts')
      return test(command, wired, options)
    },
    build: async (command) => {
      const { build } = await import('./build.ts')
      return build(command, wired, options)
    },
    scan: async (command) => {
      const { scan } = await import('./scan.ts')
      return scan(command, wired, options)
    },
    clean: async (command) => {
      const { clean } = await import('./clean.ts')
      return clean(command, wired, options)
    },
    repair: (command) => repair(command, parts),
    status: ({ application }) => status(applications(application), parts),
    history: (question) => history(question, parts),
    trace: ({ query, application }) => trace(query, applications(application), parts),
    verify: ({ reference, application }) =>
      verifyImage(reference, stopsOf(applications(application)), wired, options),
    evidence: async ({ reference, application }) => {
      const { evidenceQuestions } = await import('./evidence.ts')
      const { store, name } = await findImage(reference, stopsOf(applications(application)), client, options)
      const now = parts.clock.now()
      return evidenceQuestions({ reference, store, name, trust: parts.trust, now }, cwd)
    },
    rescan: async (order) => {
      const { rescanAll } = await import('./rescan.ts')
      return rescanAll(order, wired, options)
    },
    replay: async (order) => {
      const { replayPolicy } = await import('./replay.ts')
      return replayPolicy(order, wired, options)
    },
    close: () => client.close(),
  }
}

/** A command whose `ref` has become a version and a commit; words that were given win. */
async function withRef(
  { ref, ...command }: PromoteCommand & NamedRef,
  { parts, config }: Wired,
  options: WorkspaceOptions,
): Promise<PromoteCommand> {
  if (ref === undefined) return command
  const { versionFor, wordsOfRef } = await import('./from-ref.ts')
  const said = await wordsOfRef(ref, { ...options, directory: config.directory })
  const version = versionFor(said.version, parts.stop(command.application, command.to))
  return { ...said, ...(version !== undefined && { version }), ...command }
}

/** @throws REF_UNCLEAR */
async function releaseOf(
  { ref, version, ...order }: ReleaseOrder,
  { config }: Wired,
  options: WorkspaceOptions,
): Promise<ReleaseCommand> {
  const { releaseWords } = await import('./from-ref.ts')
  return { ...order, ...(await releaseWords(ref, version, { ...options, directory: config.directory })) }
}

async function verifyImage(
  reference: string,
  stops: readonly Stop[],
  { parts, client }: Wired,
  options: WorkspaceOptions,
) {
  const { store, name } = await findImage(reference, stops, client, options)
  return verify({
    reference,
    store,
    name,
    trust: parts.trust,
    now: parts.clock.now(),
    chains: store.repository ? stops.map((stop) => chainPlace(stop, parts)) : [],
  })
}

/** A bare digest or tag is looked for furthest down the road first: there an image carries its whole history. */
async function findImage(
  reference: string,
  stops: readonly Stop[],
  client: RegistryClient,
  { cwd }: WorkspaceOptions,
): Promise<NamedImage> {
  for (const stop of stops.toReversed()) {
    const image = await openImage(reference, stop.repository, client, cwd)
    const isHere = image.store.repository && sameRepository(image.store.repository, stop.repository)
    if (!isHere || (await image.store.head(image.name))) return image
  }
  return openImage(reference, stops[0]?.repository, client, cwd)
}
