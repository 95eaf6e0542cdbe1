import { spawn } from 'node:child_process'
import { baseErrors, fail } from './errors.ts'
import { printable } from './printable.ts'
import { secretsOf, withoutSecrets } from './secrets.ts'

export interface CommandOptions {
  readonly cwd?: string
  /** The whole environment of the program; nothing is inherited unless given here. */
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string | Uint8Array
  /** Milliseconds. */
  readonly timeout?: number
  readonly signal?: AbortSignal | undefined
  /** Exit codes that are answers, not failures. Default: only 0. */
  readonly accept?: readonly number[]
  /** Bytes kept of each of stdout and stderr. */
  readonly maxBytes?: number
  /** Told of stdout and stderr as they come, in pieces of any size: raw, for whoever shows them to make harmless. */
  readonly onOutput?: (piece: Buffer) => void
}

export interface CommandResult {
  readonly code: number
  readonly stdout: Buffer
  readonly stderr: string
}

/**
 * Runs a program without a shell and waits for it. The whole process group is killed on abort or timeout.
 * @throws COMMAND_FAILED when it cannot start, ends with another code than accepted, or takes too long
 */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>()
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const out = capped(options.maxBytes ?? 64 * 1024 * 1024)
  const err = capped(1024 * 1024)
  const kill = () => child.pid !== undefined && killGroup(child.pid)
  let timedOut = false
  const timer = options.timeout
    ? setTimeout(() => {
        timedOut = true
        kill()
      }, options.timeout)
    : undefined
  options.signal?.addEventListener('abort', kill, { once: true })
  child.stdout.on('data', out.add)
  child.stderr.on('data', err.add)
  if (options.onOutput) {
    child.stdout.on('data', options.onOutput)
    child.stderr.on('data', options.onOutput)
  }
  child.stdin.on('error', () => {})
  child.stdin.end(options.input)
  child.on('error', (cause) => {
    reject(
      fail(baseErrors.COMMAND_FAILED, {
        message: `Could not start ${program}: ${cause.message}`,
        where: program,
        cause,
      }),
    )
  })
  child.on('close', (code) => {
    const hidden = (text: string) => withoutSecrets(text, secretsOf(options.env ?? process.env))
    const stderr = hidden(err.bytes().toString('utf8'))
    const refuse = (what: string) =>
      reject(commandFailed(program, args, what, hidden(lastWords(stderr, out.bytes()))))
    if (timedOut) refuse(`took longer than ${options.timeout} ms`)
    else if (code === null || !(options.accept ?? [0]).includes(code))
      refuse(code === null ? 'was killed' : `ended with code ${code}`)
    else resolve({ code, stdout: out.bytes(), stderr })
  })
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', kill)
  }
}

/** What a program said last. Some, such as Maven, tell their errors on stdout. */
function lastWords(stderr: string, stdout: Buffer): string {
  // eslint-disable-next-line no-control-regex
  const plain = (text: string) => text.replace(/\u001b\[[0-9;]*m/g, '').trim()
  return plain(stderr) || plain(stdout.subarray(-TAIL_BYTES).toString('utf8'))
}

const TAIL_BYTES = 16 * 1024

function commandFailed(program: string, args: readonly string[], what: string, stderr: string) {
  const tail = printable(stderr.trim().split('\n').slice(-12).join('\n'))
  const said = tail ? `\n${tail}` : ''
  return fail(baseErrors.COMMAND_FAILED, {
    message: `${program} ${args[0] ?? ''} ${what}.${said}`,
    where: program,
    detail: { program, stderr: tail },
  })
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // already gone
  }
}

function capped(max: number) {
  const chunks: Buffer[] = []
  let size = 0
  return {
    add: (chunk: Buffer) => {
      if (size < max) chunks.push(chunk.subarray(0, max - size))
      size += chunk.length
    },
    bytes: () => Buffer.concat(chunks),
  }
}
