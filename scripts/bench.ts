// npm run bench: requests, time, CPU and memory of promotions, side by side with every peer tool on this machine.
//   --runs N          timed runs per case, setting and tool, alternating (default 5)
//   --latency A,B     milliseconds added to every request, like distance does (default 0,20)
//   --auth A,B        none, bearer (default both)
//   --only TEXT       only cases whose name contains TEXT; also: no-op, start-up, planning, one thread
//   --quick           one run, two settings, small bulk: under two minutes
//   --json FILE       everything measured, with every request of the counted runs
//   --write FILE      puts the tables between the bench markers of FILE; with --only, those that were measured
// Prints Markdown. What it measures and how: docs/performance.md.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { casesOf } from '../bench/cases.ts'
import type { Case } from '../bench/cases.ts'
import { contest } from '../bench/contest.ts'
import { findPeers, waybills } from '../bench/contestants.ts'
import { environment } from '../bench/environment.ts'
import { imageBytes, pushImages } from '../bench/images.ts'
import { Lab } from '../bench/lab.ts'
import { endRunning } from '../bench/measured.ts'
import { measureNoOp } from '../bench/no-op.ts'
import { readOptions } from '../bench/options.ts'
import { measurePlanning } from '../bench/planning.ts'
import { measureSingleThread } from '../bench/single-thread.ts'
import { measureStartUp } from '../bench/start-up.ts'
import { markdown, writeBetweenMarkers } from '../bench/report.ts'
import type { CaseResult } from '../bench/tables.ts'
import type { Setting } from '../bench/tracing-proxy.ts'

const ROOT = join(import.meta.dirname, '..')
const options = readOptions(process.argv.slice(2))
const cases = casesOf(options.tinyImages, options.hugeBytes / 2 ** 20).filter(({ name }) =>
  name.includes(options.only),
)
const lab = await Lab.open(options.hugeBytes * 5)
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    endRunning()
    lab.close()
    process.exit(130)
  })
try {
  const program = buildWaybill(join(lab.root, 'waybill'))
  const peers = findPeers(ROOT)
  const contestants = [...waybills(program, 'this tree'), ...peers]
  const compiled = join(lab.root, 'compiled')
  mkdirSync(compiled)
  const head = environment(ROOT, lab, contestants, options)
  const images = await pushImages(lab.address(0, false), options, new Set(cases.map(({ image }) => image)))
  const results: CaseResult[] = []
  for (const one of cases) {
    say(one.name)
    const settings = one.long || one.bound === 'bytes' ? ends(options.settings) : options.settings
    const rows: CaseResult['results'][number][] = []
    for (const setting of settings) {
      const runs = runsOf(one, setting)
      rows.push({ setting, rows: await contest(one, setting, { lab, images, contestants, runs, compiled }) })
    }
    results.push({ case: one, bytes: imageBytes(one.image, options), results: rows })
  }
  const extras = await measureExtras(program, peers, compiled)
  const report = { head, results, ...extras, settings: options.settings }
  const text = markdown(report)
  process.stdout.write(`${text}\n`)
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, undefined, 1)}\n`)
  if (options.write)
    writeFileSync(
      options.write,
      writeBetweenMarkers(readFileSync(options.write, 'utf8'), text, options.only !== ''),
    )
} finally {
  endRunning()
  lab.close()
}

/** What has no rival: the no-op promotion, the start of the program, planning a million pairs, verifying and judging. */
async function measureExtras(
  program: readonly string[],
  peers: ReturnType<typeof findPeers>,
  compiled: string,
) {
  const { settings, runs, quick } = options
  const { root } = lab
  const noOp = await attempt('no-op promotion of the demo', () =>
    measureNoOp({ program, root, compiled, runs, settings }),
  )
  const startUp = await attempt('start-up', () =>
    measureStartUp(program, peers, root, compiled, quick ? 3 : 15),
  )
  const planning = quick ? undefined : await attempt('planning', () => measurePlanning(root, compiled))
  const singleThread = await attempt('one thread', () => measureSingleThread(root, compiled))
  return {
    ...(noOp && { noOp }),
    ...(startUp && { startUp }),
    ...(planning && { planning }),
    ...(singleThread && { singleThread }),
  }
}

/** One part that fails leaves the tables of the others. Undefined when `--only` does not ask for it. */
async function attempt<T>(what: string, measure: () => Promise<T>): Promise<T | undefined> {
  if (!what.includes(options.only)) return undefined
  say(what)
  return measure().catch((error: unknown) => {
    process.stderr.write(`${what} failed: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
    return undefined
  })
}

/** The package as users install it. */
function buildWaybill(folder: string): readonly string[] {
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts'), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: { waybill: string }
  }
  return [process.execPath, join(folder, bin.waybill)]
}

/** What takes long runs less often; the largest layer is only counted through a proxy, which would slow it down. */
function runsOf({ bound, long }: Case, { latency, bearer }: Setting): number {
  if (!long) return options.runs
  return bound === 'bytes' && (latency > 0 || bearer) ? 0 : Math.ceil(options.runs / 2)
}

/** The nearest and the farthest. */
function ends<T>(all: readonly T[]): readonly T[] {
  return all.length > 2 ? [...all.slice(0, 1), ...all.slice(-1)] : all
}

function say(what: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${what}\n`)
}
