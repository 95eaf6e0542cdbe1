import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Removes the files of a folder that were written longest ago, until what is left weighs no more than `limit`. Never
 * fails: another process may be at it too.
 */
export async function removeOldest(
  folder: string,
  weigh: (size: number) => number,
  limit: number,
): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(names.map((name) => sizeAndAge(join(folder, name))))
  let total = 0
  for (const { path, size } of files.flat().toSorted((a, b) => b.written - a.written)) {
    total += weigh(size)
    if (total > limit) await rm(path, { force: true }).catch(() => {})
  }
}

async function sizeAndAge(path: string) {
  const found = await stat(path).catch(() => undefined)
  return found ? [{ path, size: found.size, written: found.mtimeMs }] : []
}
