// npm run check: everything that must hold before a change is handed in. Prints only what fails.
//   --fix       repair format, simple lint findings and generated files
//   --no-tests  leave the tests out, where they have just run
import { spawn } from 'node:child_process'
import { join } from 'node:path'

interface Task {
  readonly name: string
  readonly args: readonly string[]
}

const ROOT = join(import.meta.dirname, '..')
const flags = new Set(process.argv.slice(2))
const fix = flags.has('--fix')
for (const flag of flags)
  if (!['--fix', '--no-tests'].includes(flag)) throw new Error(`Unknown flag ${flag}.`)

const bin = (name: string) => join('node_modules', '.bin', name)
const repairs: readonly Task[] = [
  { name: 'generated files', args: ['scripts/generate.ts'] },
  { name: 'lint', args: [bin('oxlint'), '--type-aware', '--fix', 'src', 'test', 'scripts', 'bench'] },
  { name: 'format', args: [bin('oxfmt'), '.'] },
]
const checks: readonly Task[] = [
  { name: 'types', args: [bin('tsc'), '-p', '.'] },
  { name: 'format', args: [bin('oxfmt'), '--check', '.'] },
  { name: 'lint', args: [bin('oxlint'), '--type-aware', 'src', 'test', 'scripts', 'bench'] },
  { name: 'generated files', args: ['scripts/generate.ts', '--check'] },
  { name: 'dead code', args: [bin('knip')] },
]
const tests: readonly Task[] = flags.has('--no-tests') ? [] : [{ name: 'tests', args: ['scripts/test.ts'] }]

if (fix) for (const task of repairs) await run(task)
// Two at a time; the tests use both cores themselves, so they run last and alone.
const failed = [...(await inPairs(checks)), ...(await inPairs(tests))].filter((ok) => !ok).length
process.stdout.write(failed === 0 ? 'All checks pass.\n' : `${failed} of the checks failed.\n`)
process.exitCode = failed === 0 ? 0 : 1

async function inPairs(tasks: readonly Task[]): Promise<readonly boolean[]> {
  const waiting = [...tasks]
  const results: boolean[] = []
  const worker = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) results.push(await run(task))
  }
  await Promise.all([worker(), worker()])
  return results
}

async function run({ name, args }: Task): Promise<boolean> {
  const started = performance.now()
  const [first = '', ...rest] = args
  const isScript = first.endsWith('.ts')
  const child = spawn(isScript ? process.execPath : join(ROOT, first), isScript ? args : rest, { cwd: ROOT })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.on('close', resolve)
  child.on('error', (error) => {
    output.push(Buffer.from(`${error.message}\n`))
    resolve(1)
  })
  const ok = (await promise) === 0
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds}s)\n`)
  if (!ok) process.stdout.write(`${Buffer.concat(output).toString('utf8').trim()}\n\n`)
  return ok
}
