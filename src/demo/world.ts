import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, systemClock } from '../base/index.ts'
import type { Clock, OnStep } from '../base/index.ts'
import { serveRegistry } from '../embedded/index.ts'
import type { RunningRegistry } from '../embedded/index.ts'
import { generateKey } from '../signing/index.ts'
import { openWorkspace } from '../wiring/index.ts'
import type { Workspace } from '../wiring/index.ts'
import { demoErrors } from './errors.ts'
import { ada } from './changes.ts'
import { copyExample } from './installation.ts'
import { makeBareRepository, SourceRepository } from './source-repository.ts'

const MARKER = '.waybill-demo'
/** Facts the pipeline signs, each with a key of its own, as `sign:` in waybill.yaml names them. */
const FACTS = ['build', 'signature', 'tests', 'scans', 'promotion', 'pass'] as const
const PEOPLE = ['alice', 'bob', 'carol'] as const
const PORTS = { nonprod: 5051, prod: 5052 } as const

/** The demo's machine room: two registries, two git repositories, keys, and Waybill over all of it. */
export interface World {
  readonly directory: string
  readonly source: SourceRepository
  readonly gitops: string
  readonly registries: { readonly nonprod: RunningRegistry; readonly prod: RunningRegistry }
  readonly workspace: Workspace
  /** What every command of the demo runs with: no CI variables, so that the story is the same everywhere. */
  readonly env: NodeJS.ProcessEnv
  close(): Promise<void>
}

export interface WorldOptions {
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly onStep: OnStep
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/** Builds everything anew in `directory`. @throws DEMO_DIRECTORY_TAKEN when it holds something else */
export async function buildWorld(options: WorldOptions): Promise<World> {
  const { directory } = options
  await claim(directory)
  const service = join(directory, 'ordersvc')
  await copyExample(service)
  const keys = await makeKeys(directory, service)
  const env = { ...plainEnvironment(options.env), ...keys }
  const registries = await startRegistries(directory)
  await nameRegistries(service, registries)
  await makeGitops(directory, service, env)
  const source = new SourceRepository(service, env)
  await startAt(source, '1.3.0')
  const { onStep, signal } = options
  const clock = options.clock ?? systemClock
  const workspace = await openWorkspace({
    configFile: 'waybill.yaml',
    cwd: service,
    env,
    onStep,
    signal,
    clock,
  })
  const close = async () => {
    await workspace.close()
    await Promise.all([registries.nonprod.close(), registries.prod.close()])
  }
  return { directory, source, gitops: join(directory, 'gitops.git'), registries, workspace, env, close }
}

async function claim(directory: string): Promise<void> {
  const taken = await stat(directory).catch(() => undefined)
  if (taken && !(await stat(join(directory, MARKER)).catch(() => undefined))) {
    throw fail(demoErrors.DEMO_DIRECTORY_TAKEN, { message: 'It was not made by the demo.', where: directory })
  }
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await writeFile(
    join(directory, MARKER),
    'Made by `waybill demo`, which empties this folder when it runs again.\n',
  )
}

/** Private keys beside the checkout, public ones in it. Returns the variables waybill.yaml reads the keys from. */
async function makeKeys(directory: string, service: string): Promise<NodeJS.ProcessEnv> {
  await mkdir(join(directory, 'keys'), { mode: 0o700 })
  await mkdir(join(service, 'keys'), { recursive: true })
  const env: NodeJS.ProcessEnv = {}
  for (const name of [...FACTS, ...PEOPLE]) {
    const { privateKeyPem, publicKeyPem } = generateKey()
    await writeFile(join(directory, 'keys', `${name}.key`), privateKeyPem, { mode: 0o600 })
    await writeFile(join(service, 'keys', `${name}.pub`), publicKeyPem)
    if (FACTS.some((fact) => fact === name)) env[`WAYBILL_${name.toUpperCase()}_KEY`] = privateKeyPem
  }
  return env
}

async function startRegistries(directory: string) {
  const start = async (name: keyof typeof PORTS): Promise<RunningRegistry> => {
    const root = join(directory, 'registries', name)
    // The usual port makes the folder easy to explore later; any other will do when it is taken.
    return serveRegistry({ root, port: PORTS[name] }).catch(() => serveRegistry({ root, port: 0 }))
  }
  return { nonprod: await start('nonprod'), prod: await start('prod') }
}

async function nameRegistries(service: string, { nonprod, prod }: World['registries']): Promise<void> {
  const file = join(service, 'waybill.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(
    file,
    text
      .replaceAll('nonprod.registry.example.com', nonprod.address)
      .replaceAll('registry.example.com', prod.address),
  )
}

async function makeGitops(directory: string, service: string, env: NodeJS.ProcessEnv): Promise<void> {
  await makeBareRepository(join(service, 'gitops'), join(directory, 'gitops.git'), env)
  await rm(join(directory, 'gitops.git.work'), { recursive: true })
  await rm(join(service, 'gitops'), { recursive: true })
}

async function startAt(source: SourceRepository, version: string): Promise<void> {
  await source.edit([{ file: 'package.json', from: '"version": "1.4.0"', to: `"version": "${version}"` }])
  await source.start('https://git.example.com/contoso/ordersvc', ada)
}

function plainEnvironment({ PATH, HOME, TMPDIR }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Its registries live for one demo: nothing about them is worth remembering.
  return { PATH, HOME, WAYBILL_CACHE: 'off', ...(TMPDIR && { TMPDIR }) }
}
