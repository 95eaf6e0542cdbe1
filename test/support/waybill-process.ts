import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { MAIN } from './command-line.ts'

// One for all tests, so that they start fast and leave nothing in anybody's home.
const CACHE = process.env.NODE_COMPILE_CACHE ?? join(tmpdir(), 'waybill-compile-cache')

export interface WaybillRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningWaybill {
  readonly child: ChildProcess
  readonly ended: Promise<WaybillRun>
  /** Settles when stderr holds a match. */
  readonly said: (pattern: RegExp) => Promise<RegExpExecArray>
}

/** Starts the real command line in its own process. */
export function startWaybill(
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): RunningWaybill {
  const child = spawn(process.execPath, [MAIN, ...words], {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: CACHE,
      WAYBILL_CACHE: 'off',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
  const { promise: ended, resolve, reject } = Promise.withResolvers<WaybillRun>()
  child.on('error', reject)
  child.on('close', (code) => resolve({ code, ...text }))
  const said = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(text.stderr)
      if (found) return found
      const more = new Promise<boolean>((settle) => child.stderr.once('data', () => settle(true)))
      if (!(await Promise.race([more, ended.then(() => false)]))) throw new Error(`ended: ${text.stderr}`)
    }
  }
  return { child, ended, said }
}

/** Runs the real command line to its end. */
export async function waybill(
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<WaybillRun> {
  return startWaybill(words, options).ended
}
