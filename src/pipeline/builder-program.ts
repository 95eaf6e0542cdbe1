import { run } from '../base/command.ts'
import type { BuildJob } from './build-job.ts'

const TIMEOUT = 60 * 60 * 1000

/**
 * Runs a builder with the environment of this process, which holds its settings and logins, but without Waybill's own
 * keys and passwords: a Dockerfile is code.
 */
export async function runBuilder(program: string, args: readonly string[], job: BuildJob): Promise<string> {
  const { env, signal } = job.parts
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('WAYBILL_'))
  const { stdout } = await run(program, args, {
    cwd: job.spec.directory,
    env: { ...Object.fromEntries(kept), SOURCE_DATE_EPOCH: String(job.source.epoch) },
    signal,
    timeout: TIMEOUT,
  })
  return stdout.toString('utf8')
}
