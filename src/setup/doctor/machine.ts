import { run } from '../../base/command.ts'
import { isFailure } from '../../base/index.ts'
import { readVersion } from '../../base/version.ts'
import { findProgram } from '../../tools/index.ts'
import type { Finding } from '../doctor-answer.ts'

interface Machine {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly directory: string
}

/** What every command needs, with or without a configuration. */
export async function examineMachine(machine: Machine): Promise<readonly Finding[]> {
  const told = { group: 'machine' } as const
  const { version } = process
  return [
    { ...told, what: 'waybill', result: 'ok', found: `${readVersion()}, on Node ${version.slice(1)}.` },
    await git(machine),
  ]
}

async function git(machine: Machine): Promise<Finding> {
  const told = { group: 'machine', what: 'git' } as const
  const fix = 'Install git; builds read the commit from it, and delivery writes with it.'
  const said = await versionOf('git', ['--version'], machine)
  if (said === undefined) return { ...told, result: 'problem', found: 'It is not on the PATH.', fix }
  return { ...told, result: 'ok', found: `${said}.` }
}

/** The first line a program says of itself; undefined when it is not here or does not run. */
async function versionOf(
  program: string,
  args: readonly string[],
  { env, signal, directory }: Machine,
): Promise<string | undefined> {
  const found = await findProgram([program], env, directory)
  if (!found) return undefined
  try {
    const { stdout } = await run(found.path, args, { env, signal, timeout: 20_000 })
    return stdout.toString('utf8').split('\n', 1)[0]?.trim()
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}
