// How a missing peer gets onto this machine: Debian's packages, Go, Python and Maven through their ordinary clients.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GoOrigin, MavenOrigin, Peer, PythonOrigin } from './interop-peers.ts'

interface Command {
  readonly name: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
}

const ATTEMPTS = 3
const LONGEST_INSTALL_MILLISECONDS = 15 * 60_000
const LINES_OF_A_FAILURE = 30
const APT = ['-qq', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=120']

/** Tries each peer that is absent, a few times. What could not be installed is reported and stays absent. */
export async function install(absent: readonly Peer[], tools: string, env: NodeJS.ProcessEnv): Promise<void> {
  const debian = installFromDebian(absent, env)
  await Promise.all([
    debian.then(() => installFromPython(absent, tools, env)),
    buildAll(absent, tools, env),
    installFromMaven(absent, tools, env),
  ])
}

async function installFromDebian(absent: readonly Peer[], env: NodeJS.ProcessEnv): Promise<void> {
  const packages = [
    ...absent.flatMap(({ from }) => (from !== 'machine' && 'apt' in from ? [from.apt] : [])),
    ...(absent.some(isPython) && !hasVenv(env) ? ['python3-venv'] : []),
  ]
  if (packages.length === 0) return
  // RUNLEVEL: nothing that a package brings is started.
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args: string[]) => asRoot({ name: 'apt-get', args: [...APT, ...args], env: quiet })
  await again(`apt-get install ${packages.join(' ')}`, [
    apt('update'),
    apt('install', '--yes', '--no-install-recommends', ...packages),
  ])
}

function isPython(peer: Peer): peer is Peer & { readonly from: PythonOrigin } {
  return peer.from !== 'machine' && 'python' in peer.from
}

/** Debian's Python comes without what makes an environment. */
function hasVenv(env: NodeJS.ProcessEnv): boolean {
  return spawnSync('python3', ['-c', 'import ensurepip, venv'], { env }).status === 0
}

async function installFromPython(absent: readonly Peer[], tools: string, env: NodeJS.ProcessEnv) {
  for (const { program, from } of absent.filter(isPython)) {
    const home = join(tools, 'python', program)
    const pip = ['install', '--quiet', '--disable-pip-version-check', from.python]
    const done = await again(`pip install ${from.python}`, [
      { name: 'python3', args: ['-m', 'venv', home], env },
      { name: join(home, 'bin', 'pip'), args: pip, env },
    ])
    if (!done) continue
    rmSync(join(tools, 'bin', program), { force: true })
    symlinkSync(join('..', 'python', program, 'bin', program), join(tools, 'bin', program))
  }
}

async function installFromMaven(absent: readonly Peer[], tools: string, env: NodeJS.ProcessEnv) {
  for (const { program, from } of absent) {
    if (from === 'machine' || !('maven' in from)) continue
    const folder = join(tools, 'java')
    const copy = ['-q', '-B', 'dependency:copy', `-Dartifact=${from.maven}`, `-DoutputDirectory=${folder}`]
    if (await again(`mvn ${from.maven}`, [{ name: 'mvn', args: copy, env }]))
      writeStarter(join(tools, 'bin', program), folder, from)
  }
}

function writeStarter(file: string, folder: string, { maven, main }: MavenOrigin): void {
  const [, artifact = '', version = ''] = maven.split(':')
  const archive = join(folder, `${artifact}-${version}.jar`)
  writeFileSync(file, `#!/bin/sh\nexec java -cp '${archive}' ${main} "$@"\n`)
  chmodSync(file, 0o755)
}

async function buildAll(absent: readonly Peer[], tools: string, env: NodeJS.ProcessEnv): Promise<void> {
  // Go needs a place for its caches, and finds none where there is no home.
  const homeless = env.HOME ? {} : { GOPATH: join(tools, 'go'), GOCACHE: join(tools, 'go-build') }
  const go = { ...homeless, ...env }
  for (const { program, from } of absent)
    if (from !== 'machine' && 'go' in from)
      await again(`go build ${from.go}`, [buildOf(program, from, tools, go)])
}

/**
 * Built inside a module that requires just this one: so two majors of one program can stand side by side under names of
 * their own, and a module whose list of versions is not to be had can be built all the same.
 */
function buildOf(program: string, origin: GoOrigin, tools: string, env: NodeJS.ProcessEnv): Command {
  const [path = '', version = ''] = origin.go.split('@')
  const folder = join(tools, 'build', program)
  mkdirSync(folder, { recursive: true })
  const required = origin.in ?? moduleOf(path)
  writeFileSync(join(folder, 'go.mod'), `module tools\n\ngo 1.24\n\nrequire ${required} ${version}\n`)
  const args = ['build', '-mod=mod', '-o', join(tools, 'bin', program), path]
  return { name: 'go', args, env: { ...env, ...origin.env }, cwd: folder }
}

/** Commands stand in `cmd/` of their module, except where `in` says where else. */
function moduleOf(path: string): string {
  return path.replace(/\/cmd\/[^/]+$/, '')
}

/** Runs the commands in order; all of them again, a few times, when one fails. Says how long it took. */
async function again(what: string, commands: readonly Command[]): Promise<boolean> {
  const started = performance.now()
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(attempt * 5000)
    if (await succeed(commands)) {
      process.stdout.write(`${what}: ${Math.round((performance.now() - started) / 1000)} s\n`)
      return true
    }
    process.stderr.write(`${what}: attempt ${attempt} of ${ATTEMPTS} failed.\n`)
  }
  return false
}

async function succeed(commands: readonly Command[]): Promise<boolean> {
  for (const command of commands) if (!(await succeeds(command))) return false
  return true
}

function succeeds({ name, args, env, cwd }: Command): Promise<boolean> {
  const child = spawn(name, args, {
    env,
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LONGEST_INSTALL_MILLISECONDS,
  })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.on('error', (error) => (said += `${error.message}\n`))
  child.on('close', (code) => {
    if (code !== 0) process.stderr.write(said.split('\n').slice(-LINES_OF_A_FAILURE).join('\n'))
    resolve(code === 0)
  })
  return promise
}

function asRoot(command: Command): Command {
  if (process.getuid?.() === 0) return command
  return { ...command, name: 'sudo', args: ['--non-interactive', '-E', command.name, ...command.args] }
}
