import { resolve } from 'node:path'
import { run } from '../base/command.ts'
import type { BuildJob } from './build-job.ts'

const TIMEOUT = 60 * 60 * 1000

export interface ProgramOptions {
  /** Default: the folder of waybill.yaml. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Runs a builder with the environment of this process, which holds its settings and logins, but without Waybill's own
 * keys and passwords: a Dockerfile is code.
 */
export async function runBuilder(
  program: string,
  args: readonly string[],
  job: BuildJob,
  options: ProgramOptions = {},
): Promise<string> {
  const { env, signal } = job.parts
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('WAYBILL_'))
  const { stdout } = await run(program, args, {
    cwd: options.cwd ?? job.spec.directory,
    env: { ...Object.fromEntries(kept), SOURCE_DATE_EPOCH: String(job.source.epoch), ...options.env },
    signal,
    timeout: TIMEOUT,
  })
  return stdout.toString('utf8')
}

/** The program of `build.program`, a path relative to waybill.yaml when it has a slash; else the usual one. */
export function programOf({ spec }: BuildJob, usual: string): string {
  const { program = usual } = spec.build
  return program.includes('/') ? resolve(spec.directory, program) : program
}

/** Absolute path of the build context. */
export function contextOf({ spec }: BuildJob): string {
  return resolve(spec.directory, spec.build.context)
}
