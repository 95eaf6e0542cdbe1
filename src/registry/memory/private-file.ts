import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * A file that only its owner may have written; undefined when it is missing, unreadable, somebody else's, writable
 * for others, no ordinary file, or over `maxBytes`.
 */
export function readPrivateFile(path: string, maxBytes: number): Buffer | undefined {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const { mode, uid, size } = fstatSync(file)
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG
    const isOurs = uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0
    return isFile && isOurs && size <= maxBytes ? readFileSync(file) : undefined
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

const DEPTH = 8

// Not `recursive`: below /proc, Node would try that for ever.
async function makeDirectory(path: string, depth: number): Promise<void> {
  const missing = await makeOne(path)
  if (!missing) return
  if (depth === 0) throw missing
  await makeDirectory(dirname(path), depth - 1)
  await makeOne(path)
}

/** The error when there is nothing to make it in. */
async function makeOne(path: string): Promise<Error | undefined> {
  try {
    await mkdir(path, { mode: 0o700 })
    return undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return error as Error
    if (code === 'EEXIST') return undefined
    throw error
  }
}

/** Appears whole or not at all. False when it cannot be written: what is remembered is never worth a failure. */
export async function writePrivateFile(path: string, bytes: Uint8Array | string): Promise<boolean> {
  const temporary = `${path}.${randomUUID()}.tmp`
  const write = () => writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 })
  try {
    // Most of the time the directory is there.
    await write().catch(async () => {
      await makeDirectory(dirname(path), DEPTH)
      await write()
    })
    await rename(temporary, path)
    return true
  } catch {
    await rm(temporary, { force: true }).catch(() => {})
    return false
  }
}
