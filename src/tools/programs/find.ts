import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, realpath, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseDigest } from '../../oci/index.ts'
import type { Digest } from '../../oci/index.ts'

export interface FoundProgram {
  /** Absolute, links followed. */
  readonly path: string
  /** sha256 of its bytes. */
  readonly digest: Digest
}

/**
 * The first of these names that is an executable file on the PATH; a name with a slash is a path, relative to
 * `directory`. undefined = this machine has none. Empty and relative entries of the PATH are passed over: they would
 * take a program out of the tree that is looked at.
 */
export async function findProgram(
  names: readonly string[],
  { PATH = '' }: NodeJS.ProcessEnv,
  directory: string,
): Promise<FoundProgram | undefined> {
  const folders = PATH.split(delimiter).filter((folder) => isAbsolute(folder))
  const files = names.flatMap((name) =>
    name.includes('/') ? [resolve(directory, name)] : folders.map((folder) => join(folder, name)),
  )
  for (const file of files) if (await isExecutable(file)) return hashed(await realpath(file))
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}

async function hashed(path: string): Promise<FoundProgram> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return { path, digest: parseDigest(`sha256:${hash.digest('hex')}`, path) }
}
