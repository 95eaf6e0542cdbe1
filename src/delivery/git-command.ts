import { run } from '../base/command.ts'
import type { CommandResult } from '../base/command.ts'

/** A bare repository on this machine and the environment git runs in. */
export interface GitHome {
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
}

// Nothing of the user's configuration may run a program of its own or change what a command means.
const SETTINGS = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'push.gpgSign=false',
  'push.followTags=false',
  'fetch.writeCommitGraph=false',
  'protocol.ext.allow=never',
  'http.lowSpeedLimit=100',
  'http.lowSpeedTime=60',
].flatMap((setting) => ['-c', setting])

const TIMEOUT = 300_000

/** Runs the system's git in a bare repository. Exit codes 0, 1 and 128 are answers for the caller to read. */
export function git(
  home: GitHome,
  args: readonly string[],
  input?: string | Uint8Array,
): Promise<CommandResult> {
  return run('git', ['--no-replace-objects', '--literal-pathspecs', ...SETTINGS, ...args], {
    cwd: home.directory,
    env: home.env,
    timeout: TIMEOUT,
    accept: [0, 1, 128],
    signal: home.signal,
    ...(input !== undefined && { input }),
  })
}

// git rev-parse --local-env-vars, and what prints more than it should. Credentials given by GIT_CONFIG_COUNT stay.
const DROPPED =
  /^GIT_(?:ALTERNATE_OBJECT_DIRECTORIES|CONFIG|CONFIG_PARAMETERS|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|REPLACE_REF_BASE|PREFIX|SHALLOW_FILE|COMMON_DIR|NAMESPACE|TRACE.*|CURL_VERBOSE|REDIRECT_.*)$/

/** The environment git gets: English messages, no prompt, no pointer at another repository. */
export function gitEnvironment(
  env: NodeJS.ProcessEnv,
  secrets: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !DROPPED.test(name)))
  return { ...kept, ...secrets, LC_ALL: 'C', LANGUAGE: '', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' }
}
