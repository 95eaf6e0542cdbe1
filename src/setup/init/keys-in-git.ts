import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail, isFailure } from '../../base/index.ts'
import { run } from '../../base/command.ts'
import { setupErrors } from '../errors.ts'

export interface GitWorld {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** @throws KEYS_IN_GIT when the folder is in a working copy that does not ignore it */
export async function refuseKeysInGit(keys: string, { env, signal }: GitWorld): Promise<void> {
  const options = { cwd: await nearestFolder(keys), env, signal, accept: [0, 1, 128] }
  try {
    const { code } = await run(
      'git',
      [...ANY_OWNER, 'check-ignore', '--quiet', join(keys, 'build.key')],
      options,
    )
    // 0: ignored. 128: in no working copy.
    if (code !== 1) return
  } catch (error) {
    // Without git nothing takes them in.
    if (isFailure(error)) return
    throw error
  }
  throw fail(setupErrors.KEYS_IN_GIT, {
    message: 'The folder for private keys is in a working copy of git.',
    where: keys,
  })
}

/** Git answers about other people's working copies too, and starts none of their programs. */
const ANY_OWNER = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false']

/** The folder itself, or the first above it that is there. */
async function nearestFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  return found?.isDirectory() || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}
