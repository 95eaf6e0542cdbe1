import { readFile, stat } from 'node:fs/promises'
import { baseErrors, fail } from '../../base/index.ts'

/**
 * A small file of a layout that others made. Pipes and devices are refused before they are opened: reading one may
 * never end. @throws LIMIT_EXCEEDED, the file system's error
 */
export async function readRegularFile(path: string, maxBytes: number): Promise<Buffer> {
  const found = await stat(path)
  if (!found.isFile()) throw unusable(path, 'It is no ordinary file.')
  if (found.size > maxBytes) throw unusable(path, `Found ${found.size} bytes, the limit is ${maxBytes}.`)
  return readFile(path)
}

function unusable(path: string, message: string) {
  return fail(baseErrors.LIMIT_EXCEEDED, { message, where: path })
}
