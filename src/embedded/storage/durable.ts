import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Makes a directory and its parents, so that they are still there after a power cut.
 */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let at = path; at.length >= first.length; at = dirname(at)) await syncDirectory(dirname(at))
}

/** Writes a whole file: other readers see the old content or the new, never a part, whatever happens. */
export async function writeDurably(
  temporary: string,
  path: string,
  bytes: Uint8Array | string,
): Promise<void> {
  const draft = join(temporary, randomUUID())
  try {
    const file = await open(draft, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await moveDurably(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Moves a file that is already synced to its final place. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await makeDirectory(dirname(to))
  await rename(from, to)
  await syncDirectory(dirname(to))
}

/** Removes a file. False when there was none. */
export async function removeDurably(path: string): Promise<boolean> {
  try {
    await rm(path)
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  await syncDirectory(dirname(path))
  return true
}

/** True for "no such file or directory". */
export function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'ENOENT' || code === 'ENOTDIR'
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; its rename is durable with the file system's journal.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
