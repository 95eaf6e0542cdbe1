import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeHome, surroundings } from './lab.ts'
import { measured } from './measured.ts'
import type { Measured } from './measured.ts'
import { startEmbedded } from './registry-under-test.ts'
import type { RegistryUnderTest } from './registry-under-test.ts'
import { rowOf } from './row.ts'
import type { Row } from './row.ts'
import { TracingProxy } from './tracing-proxy.ts'
import type { Setting } from './tracing-proxy.ts'

export interface NoOpOptions {
  readonly program: readonly string[]
  /** A folder for the demo's world and for homes. */
  readonly root: string
  readonly compiled: string
  readonly runs: number
  readonly settings: readonly Setting[]
}

/** Promotes what is already promoted, with every gate, record and git delivery of the demo's application. */
export async function measureNoOp(options: NoOpOptions): Promise<readonly (readonly Row[])[]> {
  const { program, root, compiled, settings } = options
  const directory = join(root, 'demo')
  const home = join(root, 'home-demo')
  makeHome(home, [])
  const demo = [...program, 'demo', '--fast', '--quiet', '--directory', directory, '-o', 'json']
  const { stdout } = await measured(demo, surroundings(home, compiled))
  const { released } = JSON.parse(stdout) as { released: string }
  const servers: (RegistryUnderTest | TracingProxy)[] = []
  try {
    for (const [address, folder] of registriesOf(directory)) {
      const registry = await startEmbedded(join(directory, folder))
      servers.push(registry, await TracingProxy.start(registry.address, Number(address.split(':')[1])))
    }
    const proxies = servers.filter((server) => server instanceof TracingProxy)
    const rows: Row[][] = []
    for (const setting of settings) {
      for (const proxy of proxies) proxy.setting = setting
      rows.push([
        await measureOne('waybill', proxies, released, options),
        await measureOne('waybill, remembered', proxies, released, options),
      ])
    }
    return rows
  } finally {
    for (const server of servers) server.close()
  }
}

/** Address → folder, as the demo's own notes say. */
function registriesOf(directory: string): ReadonlyMap<string, string> {
  const notes = readFileSync(join(directory, 'EXPLORE.md'), 'utf8')
  const found = notes.matchAll(/--root (registries\/\w+) --listen (\S+)/g)
  return new Map([...found].map(([, folder = '', address = '']) => [address, folder]))
}

async function measureOne(
  tool: string,
  proxies: readonly TracingProxy[],
  released: string,
  { program, root, compiled, runs }: NoOpOptions,
): Promise<Row> {
  const remembers = tool !== 'waybill'
  const directory = join(root, 'demo')
  const words = [
    'promote',
    'ordersvc',
    '--to',
    'prod',
    '--version',
    '1.4.0',
    '--image',
    released,
    '-o',
    'json',
  ]
  const home = join(root, 'home-no-op')
  const run = async (): Promise<Measured> => {
    if (!remembers) rmSync(home, { recursive: true, force: true })
    makeHome(
      home,
      proxies.map(({ address }) => address),
    )
    const { env } = surroundings(home, compiled)
    const done = await measured([...program, ...words], {
      env: { ...env, ...keysOf(directory) },
      cwd: join(directory, 'ordersvc'),
    })
    const { outcome } = JSON.parse(done.stdout) as { outcome: string }
    if (outcome !== 'already') throw new Error(`The promotion was not a no-op: ${outcome}.`)
    return done
  }
  const take = () => proxies.flatMap((proxy) => proxy.take())
  try {
    if (remembers) await run()
    take()
    await run()
    const trace = take()
    const all: Measured[] = []
    for (let turn = 0; turn < runs; turn++) all.push(await run())
    return rowOf(tool, all, trace)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return { tool, absent: 'failed' }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** The demo's signing keys, as its env.sh gives them. */
function keysOf(directory: string): Record<string, string> {
  const folder = join(directory, 'keys')
  const keys = readdirSync(folder).filter((name) => name.endsWith('.key'))
  return Object.fromEntries(
    keys.map((name) => [
      `WAYBILL_${name.slice(0, -4).toUpperCase()}_KEY`,
      readFileSync(join(folder, name), 'utf8'),
    ]),
  )
}
