// npm test, and with `interop` the same against the real peer tools. Runs on the pinned Node and says so.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPackage } from './build-package.ts'

const ROOT = join(import.meta.dirname, '..')
const SUITES = [
  'src/**/*.test.ts',
  'test/*.test.ts',
  'test/flow/**/*.test.ts',
  'test/conformance/**/*.test.ts',
  'test/scenarios/**/*.test.ts',
]
const LONGEST_TEST_MILLISECONDS = 120_000
// Every file is a process of its own, and many start the command line: compiled once, they start in half the time.
const COMPILE_CACHE = join(tmpdir(), 'waybill-compile-cache')
// Registries and repositories are thousands of small files; where there is room they are kept in memory.
const MEMORY = '/dev/shm'
const ROOM = 2 * 2 ** 30

mustBePinned()
const [first, ...rest] = process.argv.slice(2)
if (first === 'interop') {
  const { preparePeers } = await import('./interop.ts')
  await run(['test/interop/**/*.test.ts'], rest, await preparePeers(ROOT))
} else {
  await run(SUITES, first === undefined ? [] : [first, ...rest], process.env)
}

/** Words that are no flags narrow the files down: `npm test -- copy`. */
async function run(
  patterns: readonly string[],
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const flags = words.filter((word) => word.startsWith('-'))
  const names = words.filter((word) => !word.startsWith('-'))
  const all = patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).toSorted()
  const files = names.length === 0 ? all : all.filter((file) => names.some((name) => file.includes(name)))
  if (files.length === 0) return stop(`No test file matches ${names.join(', ') || patterns.join(', ')}.`)
  const args = [
    `--import=${import.meta.resolve('../test/support/no-sync.ts')}`,
    '--test',
    `--test-concurrency=${Math.max(2, availableParallelism())}`,
    `--test-timeout=${LONGEST_TEST_MILLISECONDS}`,
    '--test-reporter=spec',
    ...flags,
    ...files,
  ]
  // In small letters: some tools take a path for the name of an image.
  const scratch = join(scratchPlace(), `waybill-tests-${process.pid}`)
  mkdirSync(scratch, { mode: 0o700 })
  // Who interrupts ends the tests; what they left is still put away.
  process.on('SIGINT', () => {})
  try {
    const surroundings = { ...cleaned(env), TMPDIR: scratch, WAYBILL_TEST_MAIN: await packed(scratch) }
    const done = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: surroundings })
    process.exitCode = done.status ?? 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** The command line as it is published: tests start it more than a thousand times. */
async function packed(scratch: string): Promise<string> {
  const folder = join(scratch, 'package')
  await buildPackage(folder)
  return join(folder, 'lib', 'cli', 'main.js')
}

/** In memory when there is room for it and programs may be started from there, as some tests do. */
function scratchPlace(): string {
  if (!existsSync(MEMORY)) return tmpdir()
  const { bavail, bsize } = statfsSync(MEMORY)
  if (bavail * bsize < ROOM) return tmpdir()
  const folder = mkdtempSync(join(MEMORY, 'waybill-tests-'))
  try {
    writeFileSync(join(folder, 'program'), '#!/bin/sh\n', { mode: 0o700 })
    return spawnSync(join(folder, 'program')).status === 0 ? MEMORY : tmpdir()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function stop(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}

/** The tests decide for themselves what they see of CI, colours and Waybill's own variables. */
function cleaned(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) =>
      !/^(WAYBILL_(?!TOOLS$)|COSIGN_|REGISTRY_|DOCKER_CONFIG$|CI$|GITHUB_|GITLAB_|TF_BUILD$)/.test(name),
  )
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...Object.fromEntries(kept) }
}

function mustBePinned(): void {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'web/package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>
  }
  const name = `node-${process.platform}-${process.arch}`
  const wanted = manifest.optionalDependencies[name]
  if (wanted === undefined || !existsSync(join(ROOT, 'node_modules', name))) {
    process.stderr.write(
      `No pinned Node for ${process.platform}-${process.arch}; testing on ${process.version}.\n`,
    )
  } else if (process.versions.node !== wanted) {
    stop(`These tests run on Node ${wanted}, this is ${process.version}. Use npm test.`)
    process.exit()
  } else process.stdout.write(`Node ${wanted}, pinned.\n`)
}
