import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

/** What one run of a program took. CPU and memory are undefined where this machine cannot measure them. */
export interface Measured {
  /** Milliseconds from start to end, the start of the measuring program not included. */
  readonly wall: number
  /** Milliseconds, user and system, with every process it waited for. */
  readonly cpu: number | undefined
  /** Peak resident memory of its largest process, in MiB. */
  readonly memory: number | undefined
  readonly stdout: string
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

const LONGEST_RUN_MILLISECONDS = 180_000
const LONGEST_OUTPUT = 1024 * 1024
const RUSAGE = join(import.meta.dirname, 'rusage.py')

/** The interpreter itself, not a shim that takes longer than what it measures. */
const python = spawnSync('python3', ['-c', 'import os, sys; os.wait4; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout?.trim()

/** How CPU and memory are measured, for the head of the report. */
export const meter = python
  ? 'CPU and memory from wait4 (python3)'
  : 'CPU and memory not measured: no python3 here'

const running = new Set<ChildProcess>()

/** Ends every program under way, with its children. */
export function endRunning(): void {
  for (const child of running) endGroup(child)
}

/** Runs a program to its end. @throws when it fails, does not start, or takes longer than three minutes */
export async function measured(
  [program = '', ...args]: readonly string[],
  { env, cwd }: Surroundings,
): Promise<Measured> {
  const line = python ? [python, '-I', '-S', RUSAGE, program, ...args] : [program, ...args]
  const started = performance.now()
  // A group of its own: what it starts ends with it.
  const child = spawn(line[0] ?? '', line.slice(1), {
    env,
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const timer = setTimeout(() => endGroup(child), LONGEST_RUN_MILLISECONDS)
  try {
    const [code, stdout = '', stderr = '', usage] = await Promise.all([
      ended(child),
      ...[1, 2, 3].map(textOf(child)),
    ])
    const whole = performance.now() - started
    const [wall = 0, cpu = 0, kib = 0, status = code ?? 1] = (usage || '')
      .split(' ')
      .filter(Boolean)
      .map(Number)
    if (code !== 0 || status !== 0)
      throw new Error(
        `${program} ${args.join(' ')} ended with ${status}: ${(stderr || stdout).trim().slice(-2000)}`,
      )
    return usage
      ? { wall: wall * 1000, cpu: cpu * 1000, memory: kib / 1024, stdout }
      : { wall: whole, cpu: undefined, memory: undefined, stdout }
  } finally {
    clearTimeout(timer)
    running.delete(child)
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // ended already
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
}

const textOf = (child: ChildProcess) => async (descriptor: number) => {
  let text = ''
  const stream = child.stdio[descriptor]
  if (stream && 'setEncoding' in stream)
    for await (const chunk of stream.setEncoding('utf8') as AsyncIterable<string>)
      if (text.length < LONGEST_OUTPUT) text += chunk
  return text
}
