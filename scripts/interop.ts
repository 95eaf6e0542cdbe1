// The real tools Waybill must agree with: found, or installed, or the run fails. Never skipped in silence.
// Run by itself it only installs them, so that `npm test` afterwards meets the ones it can use.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { install } from './interop-install.ts'
import { EXPECTED, WELCOME } from './interop-peers.ts'
import type { Peer } from './interop-peers.ts'

if (import.meta.main) await preparePeers(join(import.meta.dirname, '..'))

/** Installs what is missing, prints who takes part, and gives the environment the tests need. */
export async function preparePeers(root: string): Promise<NodeJS.ProcessEnv> {
  const tools = join(root, '.tools')
  const bin = join(tools, 'bin')
  mkdirSync(bin, { recursive: true })
  const env = { ...process.env, WAYBILL_TOOLS: tools, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` }
  await install(
    EXPECTED.filter((peer) => !isHere(peer, env)),
    tools,
    env,
  )
  for (const peer of [...EXPECTED, ...WELCOME]) process.stdout.write(row(peer, env))
  const missing = EXPECTED.filter((peer) => !isHere(peer, env)).map(({ program }) => program)
  if (missing.length > 0) throw new Error(`Missing: ${missing.join(', ')}.`)
  return env
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
