// The real tools Waybill must agree with: found, or installed, or the run fails. Never skipped in silence.
// Run by itself it only installs them, so that `npm test` afterwards meets the ones it can use.
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** `go`: a command and its version. `in`: the module it is in, for modules that `go install` cannot take by themselves. */
interface GoOrigin {
  readonly go: string
  readonly in?: string
}
type Origin = { readonly apt: string } | GoOrigin | 'machine'

interface Peer {
  readonly program: string
  readonly version: readonly string[]
  readonly from: Origin
  /** Serves as well; taken when it is there and the peer itself is not. */
  readonly or?: string
}

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

/** Expected on every machine that runs `npm run test:interop`. */
const EXPECTED: readonly Peer[] = [
  { program: 'skopeo', version: ['--version'], from: { apt: 'skopeo' } },
  { program: 'buildah', version: ['--version'], from: { apt: 'buildah' } },
  { program: 'docker-registry', version: ['--version'], from: { apt: 'docker-registry' } },
  { program: 'umoci', version: ['--version'], from: { apt: 'umoci' } },
  { program: 'openssl', version: ['version'], from: { apt: 'openssl' } },
  {
    program: 'crane',
    version: ['version'],
    from: { go: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1' },
  },
  {
    program: 'cosign',
    version: ['version'],
    from: { go: 'github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3' },
  },
  // The majors before: people verify what Waybill writes with what they have, and sign with it.
  {
    program: 'cosign-2',
    version: ['version'],
    from: { go: 'github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5' },
  },
  {
    program: 'cosign-1',
    version: ['version'],
    from: {
      go: 'github.com/sigstore/cosign/cmd/cosign@v1.13.6',
      in: 'github.com/sigstore/cosign',
    },
  },
  {
    program: 'slsa-verifier',
    version: ['version'],
    from: {
      go: 'github.com/slsa-framework/slsa-verifier/v2/cli/slsa-verifier@v2.7.1',
      in: 'github.com/slsa-framework/slsa-verifier/v2',
    },
  },
  {
    program: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    from: { go: 'github.com/regclient/regclient/cmd/regctl@v0.11.7' },
  },
  {
    program: 'kustomize',
    version: ['version'],
    from: { go: 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.3' },
    or: 'kubectl',
  },
]

/** Used when the machine has them. */
const WELCOME: readonly Peer[] = [
  { program: 'kubectl', version: ['version', '--client'], from: 'machine' },
  { program: 'oras', version: ['version'], from: 'machine' },
  { program: 'chromium', version: ['--version'], from: 'machine' },
  { program: 'oci-conformance', version: ['--version'], from: 'machine' },
]

if (import.meta.main) await preparePeers(join(import.meta.dirname, '..'))

/** Installs what is missing, prints who takes part, and gives the environment the tests need. */
export async function preparePeers(root: string): Promise<NodeJS.ProcessEnv> {
  const tools = join(root, '.tools')
  const bin = join(tools, 'bin')
  mkdirSync(bin, { recursive: true })
  const env = { ...process.env, WAYBILL_TOOLS: tools, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
  const absent = EXPECTED.filter((peer) => !isHere(peer, env))
  await Promise.all([installFromDebian(absent, env), installFromSource(absent, tools, env)])
  for (const peer of [...EXPECTED, ...WELCOME]) process.stdout.write(row(peer, env))
  const missing = EXPECTED.filter((peer) => !isHere(peer, env)).map(({ program }) => program)
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.`)
  return env
}

async function installFromDebian(absent: readonly Peer[], env: NodeJS.ProcessEnv): Promise<void> {
  const packages = absent.flatMap(({ from }) => (from !== 'machine' && 'apt' in from ? [from.apt] : []))
  if (packages.length === 0) return
  // RUNLEVEL: nothing that a package brings is started.
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (...args: string[]) => asRoot({ name: 'apt-get', args: [...APT, ...args], env: quiet })
  await again(`apt-get install ${packages.join(' ')}`, [
    apt('update'),
    apt('install', '--yes', '--no-install-recommends', ...packages),
  ])
}

async function installFromSource(absent: readonly Peer[], tools: string, env: NodeJS.ProcessEnv) {
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
function buildOf(
  program: string,
  { go, in: module }: GoOrigin,
  tools: string,
  env: NodeJS.ProcessEnv,
): Command {
  const [path = '', version = ''] = go.split('@')
  const folder = join(tools, 'build', program)
  mkdirSync(folder, { recursive: true })
  const required = module ?? moduleOf(path)
  writeFileSync(join(folder, 'go.mod'), `module tools\n\ngo 1.24\n\nrequire ${required} ${version}\n`)
  const args = ['build', '-mod=mod', '-o', join(tools, 'bin', program), path]
  return { name: 'go', args, env, cwd: folder }
}

/** Commands stand in `cmd/` of their module, except where `in` says where else. */
function moduleOf(path: string): string {
  return path.replace(/\/cmd\/[^/]+$/, '')
}

/** Runs the commands in order; all of them again, a few times, when one fails. Says how long it took. */
async function again(what: string, commands: readonly Command[]): Promise<void> {
  const started = performance.now()
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(attempt * 5000)
    if (await succeed(commands)) {
      process.stdout.write(`${what}: ${Math.round((performance.now() - started) / 1000)} s\n`)
      return
    }
    process.stderr.write(`${what}: attempt ${attempt} of ${ATTEMPTS} failed.\n`)
  }
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

function row(peer: Peer, env: NodeJS.ProcessEnv): string {
  const file = find(peer.program, env)
  const instead = peer.or && find(peer.or, env) ? `not needed, ${peer.or} is here` : 'not on this machine'
  return `  ${peer.program.padEnd(16)} ${file ? versionOf(file, peer, env) : instead}\n`
}

function versionOf(file: string, { version, from }: Peer, env: NodeJS.ProcessEnv): string {
  const done = spawnSync(file, version, { env, encoding: 'utf8', timeout: 20_000 })
  const text = `${done.stdout ?? ''}\n${done.stderr ?? ''}`
  const found = /v?\d+\.\d+(?:\.\d+)?[\w.+-]*/.exec(text)?.[0]
  return found ?? (from !== 'machine' && 'go' in from ? (from.go.split('@')[1] ?? '?') : 'unknown version')
}

function isHere({ program, or }: Peer, env: NodeJS.ProcessEnv): boolean {
  return [program, or].some((name) => name !== undefined && find(name, env) !== undefined)
}

function find(program: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => isExecutable(file))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
