import { link, mkdir, open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fail } from '../../base/index.ts'
import { setupErrors } from '../errors.ts'

/**
 * Writes a file that must not be there yet: whole under another name first, so that a crash leaves no half file, and
 * `link` refuses to replace anything, a symbolic link included. @throws FILE_EXISTS
 */
export async function writeNew(file: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${process.pid}.tmp`
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    await link(temporary, file)
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST' ? exists(file, cause) : cause
  } finally {
    await unlink(temporary)
  }
}

export function exists(file: string, cause?: unknown) {
  return fail(setupErrors.FILE_EXISTS, { message: 'The file is already there.', where: file, cause })
}
