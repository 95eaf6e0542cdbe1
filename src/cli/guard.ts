import { printable, secretsOf, withoutSecrets } from '../base/index.ts'
import type { Clock } from '../base/index.ts'
import { CiLog } from './ci-log/ci-log.ts'
import { plainLog } from './ci-log/ci-system.ts'
import { ciSystemOf } from './ci-log/detect.ts'
import type { Invocation } from './command.ts'
import type { Output } from './output.ts'

/** The process around the command line, handed in so that nothing here reaches for globals. */
export interface World {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly stdout: Output
  readonly stderr: Output
  readonly signal: AbortSignal
  /** 128 + signal number once interrupted. */
  readonly interruptCode: () => number | undefined
  readonly clock: Clock
  readonly askSecret: Invocation['askSecret']
  readonly askLine: Invocation['askLine']
}

/** The world with streams that let nothing harmful out, and the CI log beside them. */
export type GuardedWorld = ReturnType<typeof guarded>

/**
 * The streams as everything but the CI log writes to them. Renderers make foreign text harmless where they put it; this
 * is the last gate where no terminal reads: one that forgets can give a CI system no command and a log no secret.
 */
export function guarded(world: World) {
  const { cwd, env, stdout, stderr } = world
  const secrets = secretsOf(env)
  const system = stdout.isTTY || stderr.isTTY ? plainLog : ciSystemOf(env, cwd)
  const quiet = (text: string) => withoutSecrets(text, secrets)
  return {
    ...world,
    stdout: through(stdout, (text) => printable(quiet(text))),
    stderr: through(stderr, (text) => printable(quiet(text))),
    /** stdout for pages: in HTML nothing is a command, and a style sheet may look like one. */
    pages: through(stdout, quiet),
    ci: new CiLog(system, { cwd, env, stderr, secrets }),
  }
}

function through(output: Output, change: (text: string) => string): Output {
  return output.isTTY ? output : { ...output, write: (text) => output.write(change(text)) }
}
