import { join } from 'node:path'
import { surroundings } from './lab.ts'
import { measured } from './measured.ts'

/** What `verification.ts` prints. Rates are things done per CPU-second. */
export interface Verification {
  readonly bundles: number
  readonly signers: number
  /** Bytes. */
  readonly payloadBytes: number
  readonly bundleBytes: number
  readonly perCpuSecond: number
  /** The bare P-256 checks of the same bundles. */
  readonly signatureAlone: number
}

/** CPU milliseconds for one evaluation of the whole list. */
export interface Judging {
  readonly items: number
  /** The first one of these facts. */
  readonly first: number
  /** Evidence that no gate has read yet. */
  readonly unseen: number
  /** The same evidence once more. */
  readonly again: number
}

/** What `gates.ts` prints. */
export interface Gates {
  readonly gates: number
  readonly mixed: Judging
  readonly tests: Judging
  readonly findings: Judging
}

/** What one thread does of work that no registry waits for, each in a process of its own. */
export interface SingleThread {
  readonly verification: Verification
  readonly gates: Gates
}

export async function measureSingleThread(root: string, compiled: string): Promise<SingleThread> {
  return {
    verification: await printed<Verification>('verification.ts', root, compiled),
    gates: await printed<Gates>('gates.ts', root, compiled),
  }
}

async function printed<T>(script: string, root: string, compiled: string): Promise<T> {
  const program = [process.execPath, join(import.meta.dirname, script)]
  const { stdout } = await measured(program, surroundings(root, compiled))
  return JSON.parse(stdout) as T
}
