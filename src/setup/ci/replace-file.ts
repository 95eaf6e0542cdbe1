import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fail } from '../../base/index.ts'
import type { CiFile } from '../../ci/index.ts'
import { setupErrors } from '../errors.ts'
import { readPlain } from './look.ts'

/**
 * The file has this text at once or not at all. @param found what it had when it was judged
 * @throws FILE_CHANGED when it was changed since
 */
export async function replaceFile(
  directory: string,
  { path, text }: CiFile,
  found: string | undefined,
): Promise<void> {
  const file = join(directory, path)
  await mkdir(dirname(file), { recursive: true })
  const temporary = `${file}.${randomUUID()}.tmp`
  try {
    const handle = await open(temporary, 'wx', 0o644)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await stillSo(directory, path, [found, text])
    await rename(temporary, file)
  } finally {
    await rm(temporary, { force: true })
  }
}

export async function removeFile(directory: string, path: string, found: string | undefined): Promise<void> {
  await stillSo(directory, path, [found, undefined])
  await unlink(join(directory, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Another run may have written the very same; anything else is somebody's work. */
async function stillSo(
  directory: string,
  path: string,
  fine: readonly (string | undefined)[],
): Promise<void> {
  if (fine.includes(await readPlain(directory, path))) return
  throw fail(setupErrors.FILE_CHANGED, {
    message: `${path} was changed while the pipelines were written.`,
    where: directory,
    next: 'Run it again.',
  })
}
