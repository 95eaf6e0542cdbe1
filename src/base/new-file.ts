import { randomBytes } from 'node:crypto'
import { link, open, unlink } from 'node:fs/promises'

/**
 * Writes a file that must not be there yet: whole under another name first, so that a crash leaves no half file, and
 * `link` refuses to replace anything, a symbolic link included.
 * @returns false when something of that name is there
 * @throws what the file system says
 */
export async function writeNewFile(file: string, text: string, mode: number): Promise<boolean> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
  const handle = await open(temporary, 'wx', mode)
  try {
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(temporary, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(temporary)
  }
}
