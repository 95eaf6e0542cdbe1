import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { getgid, getuid } from 'node:process'
import { run } from '../../base/command.ts'
import type { Digest } from '../../oci/index.ts'
import { parseDigest } from '../../oci/index.ts'
import { findProgram } from './find.ts'
import type { Program, ToolCall } from './program.ts'

/** A tool that is run from an image by an engine of this machine. */
export interface Container {
  /** Absolute path of docker, podman or nerdctl. */
  readonly engine: string
  /** By digest. */
  readonly image: string
}

const ENGINES = ['docker', 'podman', 'nerdctl']
// How the engine is reached and logs in; its own affair, and nothing the tool sees.
const ENGINE_SEES = ['PATH', 'HOME', 'XDG_RUNTIME_DIR', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG']
const ENGINE_TLS = ['DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'CONTAINER_HOST', 'REGISTRY_AUTH_FILE']
/** The home folder inside; in memory, gone with the container. */
const HOME = '/tmp'
const REMOVE_TIMEOUT = 30_000

/** undefined = no engine on the PATH. */
export async function findEngine(
  env: NodeJS.ProcessEnv,
  directory: string,
): Promise<{ readonly path: string } | undefined> {
  return findProgram(ENGINES, env, directory)
}

export function imageDigest(image: string): Digest {
  return parseDigest(image.slice(image.indexOf('@') + 1), image)
}

/** How an engine is started for one call of a tool. */
export interface ContainerLaunch {
  readonly path: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Ends the container too: killing the engine's client leaves it running. */
  readonly remove: () => Promise<void>
}

/**
 * A container that can do nothing but look: no network unless the call asks for it, a read-only root, no privileges,
 * this user's id, what is read under its own path and read only, and the folder of the reports.
 */
export function containerLaunch(
  { engine, image }: Container,
  program: Program,
  call: Pick<ToolCall, 'args' | 'cwd' | 'env' | 'reads' | 'reports' | 'network'>,
  env: NodeJS.ProcessEnv,
): ContainerLaunch {
  const name = `waybill-${program.name}-${randomUUID()}`
  const written = [...new Set(call.reports.map(({ file }) => dirname(file)))]
  const read = call.reads.filter((path) => !written.includes(path))
  const inside = { HOME, XDG_CACHE_HOME: `${HOME}/.cache`, ...program.env, ...call.env }
  const args = [
    'run',
    '--rm',
    ...flag('name', name),
    ...(call.network ? [] : flag('network', 'none')),
    '--read-only',
    ...flag('tmpfs', HOME),
    ...flag('cap-drop', 'ALL'),
    ...flag('security-opt', 'no-new-privileges'),
    ...(getuid && getgid ? flag('user', `${getuid()}:${getgid()}`) : []),
    ...read.flatMap((path) => flag('mount', `type=bind,source=${path},target=${path},readonly`)),
    ...written.flatMap((path) => flag('mount', `type=bind,source=${path},target=${path}`)),
    ...flag('workdir', call.cwd ?? HOME),
    ...Object.entries(inside).flatMap(([key, value]) => flag('env', `${key}=${value}`)),
    ...flag('entrypoint', program.executables[0] ?? program.name),
    image,
    ...call.args,
  ]
  const seen = [...ENGINE_SEES, ...ENGINE_TLS].flatMap((key) =>
    env[key] === undefined ? [] : [[key, env[key]]],
  )
  const own = Object.fromEntries(seen) as NodeJS.ProcessEnv
  const remove = async () => {
    await run(engine, ['rm', '--force', name], { env: own, timeout: REMOVE_TIMEOUT }).catch(() => {})
  }
  return { path: engine, args, env: own, remove }
}

function flag(name: string, value: string): readonly string[] {
  return [`--${name}`, value]
}
