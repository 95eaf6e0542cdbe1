// npm run bench: requests and time of promotions, side by side with every peer tool found on this machine.
//   --runs N        timed runs per case and tool, alternating (default 7)
//   --latency MS    delay added to every request, like distance does (default 0: loopback)
//   --only TEXT     only cases whose name contains TEXT
// Prints Markdown. Counts come from a counting proxy in an extra run; with latency the timed runs use it too.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, release, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { countingProxy } from '../bench/counting-proxy.ts'
import type { CountingProxy } from '../bench/counting-proxy.ts'
import { tools } from '../bench/peers.ts'
import type { Tool } from '../bench/peers.ts'
import { startRegistry } from '../bench/registry-under-test.ts'
import { parseRepository } from '../src/oci/index.ts'
import { RegistryClient } from '../src/registry/index.ts'
import { putIndex, putReferrer } from '../test/support/images.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    latency: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
})
const runs = Math.min(50, Math.max(1, Number(values.runs)))
const latency = Math.min(1000, Math.max(0, Number(values.latency)))
const TIMEOUT = 120_000

interface Case {
  readonly name: string
  /** Which registry the image goes to: the one it is in, or the other. */
  readonly to: 'same' | 'other'
  /** The repository it goes to. `fresh` is new in every run. */
  readonly repository: (fresh: string) => string
  readonly image: 'index' | 'layers' | 'referred'
  /** Runs once unmeasured, so that everything is there. */
  readonly warm?: true
}

const cases: readonly Case[] = [
  { name: 'retag, same repository', to: 'same', repository: () => 'dev/app', image: 'index' },
  { name: 'promote, same registry', to: 'same', repository: (fresh) => `prod/${fresh}`, image: 'index' },
  {
    name: 'promote, other registry, cold',
    to: 'other',
    repository: (fresh) => `prod/${fresh}`,
    image: 'index',
  },
  {
    name: 'the same, already there',
    to: 'other',
    repository: () => 'prod/there',
    image: 'index',
    warm: true,
  },
  { name: 'cold, with 7 referrers', to: 'other', repository: (fresh) => `prod/${fresh}`, image: 'referred' },
  { name: '10 layers of 10 MiB, cold', to: 'other', repository: (fresh) => `prod/${fresh}`, image: 'layers' },
]

const home = mkdtempSync(join(tmpdir(), 'waybill-bench-home-'))
const [here, there] = [await startRegistry(), await startRegistry()]
const proxies = [
  await countingProxy(here.address, latency),
  await countingProxy(there.address, latency),
] as const
let serial = 0
try {
  const images = await seed()
  const contestants = tools()
  printEnvironment(contestants)
  for (const one of cases.filter(({ name }) => name.includes(values.only)))
    printCase(one, await measure(one, images[one.image], contestants))
} finally {
  for (const started of [...proxies, here, there]) started.close()
  rmSync(home, { recursive: true, force: true })
}

/** 1 index, 5 platforms, 20 layers of 64 KiB and 5 configs; one image of 10 × 10 MiB; the index again with 7 referrers. */
async function seed() {
  const client = new RegistryClient({})
  const store = (name: string) => client.repository(parseRepository(`${here.address}/${name}`))
  const platforms = ['amd64', 'arm64', 's390x', 'ppc64le', 'riscv64'].map((name) => `linux/${name}`)
  const shape = { platforms, layers: 4, layerBytes: 64 * 1024 }
  const index = await putIndex(store('dev/app'), { ...shape, annotations: { image: 'plain' } }, 'v1')
  const layers = await putIndex(store('dev/big'), {
    platforms: ['linux/amd64'],
    layers: 10,
    layerBytes: 10 * 1024 * 1024,
  })
  const referred = await putIndex(store('dev/referred'), { ...shape, annotations: { image: 'referred' } })
  for (let i = 0; i < 7; i++) await putReferrer(store('dev/referred'), referred.descriptor, `evidence ${i}`)
  await client.close()
  return {
    index: `dev/app@${index.descriptor.digest}`,
    layers: `dev/big@${layers.descriptor.digest}`,
    referred: `dev/referred@${referred.descriptor.digest}`,
  }
}

interface Row {
  readonly tool: Tool
  readonly requests: number
  readonly wall: number
  /** Without the start of the process; only Waybill says it. */
  readonly engine: number | undefined
}

async function measure(one: Case, image: string, contestants: readonly Tool[]): Promise<readonly Row[]> {
  const times = new Map<Tool, { wall: number; engine: number | undefined }[]>(
    contestants.map((tool) => [tool, []]),
  )
  const counts = new Map<Tool, number>()
  for (const tool of contestants) {
    if (one.warm) await promote(tool, one, image, true)
    const before = proxies[0].requests + proxies[1].requests
    await promote(tool, one, image, true)
    counts.set(tool, proxies[0].requests + proxies[1].requests - before)
  }
  // Alternating and rotating, so that no tool always runs in the shadow of the same neighbour.
  for (let run = 0; run < runs; run++)
    for (let place = 0; place < contestants.length; place++) {
      const tool = contestants[(run + place) % contestants.length]
      if (tool) times.get(tool)?.push(await promote(tool, one, image, latency > 0))
    }
  return contestants.map((tool) => {
    const mine = times.get(tool) ?? []
    const engine = mine.flatMap((time) => time.engine ?? [])
    return {
      tool,
      requests: counts.get(tool) ?? 0,
      wall: median(mine.map(({ wall }) => wall)),
      engine: engine.length > 0 ? median(engine) : undefined,
    }
  })
}

async function promote(tool: Tool, one: Case, image: string, counted: boolean) {
  const address = (side: { address: string }, proxy: CountingProxy) =>
    counted ? proxy.address : side.address
  const source = address(here, proxies[0])
  const target = one.to === 'same' ? source : address(there, proxies[1])
  const fresh = `app-${serial++}`
  const tag = one.repository('') === one.repository('x') && !one.warm ? fresh : 'stable'
  const [program = '', ...args] = tool.copy(`${source}/${image}`, `${target}/${one.repository(fresh)}:${tag}`)
  const started = performance.now()
  const output = await finished(program, args)
  const wall = performance.now() - started
  const engine = tool.name.startsWith('waybill')
    ? (JSON.parse(output) as { engine: number }).engine
    : undefined
  return { wall, engine }
}

function finished(program: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: TIMEOUT })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString('utf8'))
      else
        reject(
          new Error(
            `${program} ${args.join(' ')} ended with ${code}: ${Buffer.concat(err).toString('utf8')}`,
          ),
        )
    })
  })
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function printEnvironment(contestants: readonly Tool[]): void {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const peers = contestants.slice(2).map(({ name, version }) => `${name} ${version}`)
  console.log(
    `Registry: two of ${here.name}, without authentication. Added latency: ${latency} ms a request.`,
  )
  console.log(
    `Machine: ${cores.length} × ${cores[0]?.model}, ${memory} GiB, ${process.platform} ${release()}, Node ${process.version}.`,
  )
  console.log(
    `Peers found: ${peers.join(', ') || 'none'}. Median of ${runs} alternating runs, each a new process.`,
  )
  console.log('Ratio: time against waybill (above 1: slower than waybill).')
}

function printCase({ name }: Case, rows: readonly Row[]): void {
  const ours = rows[0]?.wall ?? Number.NaN
  console.log(`\n## ${name}\n\n| tool | requests | ms | ratio | engine ms |\n|---|---:|---:|---:|---:|`)
  for (const { tool, requests, wall, engine } of rows) {
    const inside = engine === undefined ? '' : engine.toFixed(0)
    console.log(
      `| ${tool.name} | ${requests} | ${wall.toFixed(0)} | ${(wall / ours).toFixed(2)} | ${inside} |`,
    )
  }
}
