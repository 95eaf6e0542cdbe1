// The real tools Waybill must agree with: found, or installed, or the run fails. Never skipped in silence.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

interface Peer {
  readonly program: string
  readonly version: readonly string[]
  readonly from: { readonly apt: string } | { readonly go: string } | 'machine'
}

/** Expected on every machine that runs `npm run test:interop`. */
const EXPECTED: readonly Peer[] = [
  { program: 'skopeo', version: ['--version'], from: { apt: 'skopeo' } },
  { program: 'buildah', version: ['--version'], from: { apt: 'buildah' } },
  { program: 'docker-registry', version: ['--version'], from: { apt: 'docker-registry' } },
  { program: 'umoci', version: ['--version'], from: { apt: 'umoci' } },
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
  {
    program: 'regctl',
    version: ['version', '--format', '{{.VCSTag}}'],
    from: { go: 'github.com/regclient/regclient/cmd/regctl@v0.11.7' },
  },
]

/** Used when the machine has them. */
const WELCOME: readonly Peer[] = [
  { program: 'kubectl', version: ['version', '--client'], from: 'machine' },
  { program: 'oras', version: ['version'], from: 'machine' },
  { program: 'oci-conformance', version: ['--version'], from: 'machine' },
]

/** Installs what is missing, prints who takes part, and gives the environment the tests need. */
export function preparePeers(root: string): NodeJS.ProcessEnv {
  const tools = join(root, '.tools')
  const bin = join(tools, 'bin')
  mkdirSync(bin, { recursive: true })
  const env = { ...process.env, WAYBILL_TOOLS: tools, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
  for (const peer of EXPECTED) if (!find(peer.program, env)) install(peer, bin, env)
  const missing = EXPECTED.filter((peer) => !find(peer.program, env))
  for (const peer of [...EXPECTED, ...WELCOME]) process.stdout.write(row(peer, env))
  if (missing.length > 0) throw new Error(`Missing: ${missing.map((peer) => peer.program).join(', ')}.`)
  return env
}

function install({ program, from }: Peer, bin: string, env: NodeJS.ProcessEnv): void {
  if (from === 'machine') return
  process.stdout.write(`Installing ${program}…\n`)
  const [command, args]: [string, string[]] =
    'apt' in from
      ? ['apt-get', ['install', '-y', '-qq', '--no-install-recommends', from.apt]]
      : ['go', ['install', from.go]]
  const done = spawnSync(command, args, {
    env: { ...env, GOBIN: bin, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (done.status !== 0) process.stderr.write(`${command} could not install ${program}.\n`)
}

function row(peer: Peer, env: NodeJS.ProcessEnv): string {
  const file = find(peer.program, env)
  const said = file ? versionOf(file, peer, env) : 'not on this machine'
  return `  ${peer.program.padEnd(16)} ${said}\n`
}

function versionOf(file: string, { version, from }: Peer, env: NodeJS.ProcessEnv): string {
  const done = spawnSync(file, version, { env, encoding: 'utf8', timeout: 20_000 })
  const text = `${done.stdout ?? ''}\n${done.stderr ?? ''}`
  const found = /v?\d+\.\d+(?:\.\d+)?[\w.+-]*/.exec(text)?.[0]
  return (
    found ?? (typeof from === 'object' && 'go' in from ? (from.go.split('@')[1] ?? '?') : 'unknown version')
  )
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
