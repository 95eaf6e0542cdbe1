import { mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail, isFailure, isObject, limits, parseJson } from '../../base/index.ts'
import type { Repository } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import type { ImageStore } from '../store.ts'
import { writeAtomically } from './atomic-file.ts'
import { writeIndex } from './layout-index.ts'
import { LayoutStore } from './layout-store.ts'
import { readRegularFile } from './regular-file.ts'

const VERSION = '1.0.0'

/**
 * Opens an OCI image layout directory. `create`: makes an empty one when there is none. `standsFor`: the repository
 * that what is in it is on its way to, and is signed and judged for; not one to copy from. @throws LAYOUT_INVALID
 */
export async function openLayout(
  directory: string,
  options: { readonly create?: boolean; readonly standsFor?: Repository } = {},
): Promise<ImageStore> {
  const path = resolve(directory)
  const marker = await readMarker(join(path, 'oci-layout'))
  if (!marker && options.create) await createLayout(path)
  else if (!marker) throw invalid(path, 'Found no file `oci-layout` in it.')
  else checkVersion(marker, path)
  return new LayoutStore(path, options.standsFor)
}

async function readMarker(path: string): Promise<Buffer | undefined> {
  try {
    return await readRegularFile(path, limits.configFileBytes)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw invalid(path, isFailure(cause) ? cause.message : `It cannot be read (${code}).`, cause)
  }
}

function checkVersion(marker: Buffer, path: string): void {
  const json = parseJson(marker, join(path, 'oci-layout'))
  const version = isObject(json) ? json.imageLayoutVersion : undefined
  if (version !== VERSION)
    throw invalid(path, `Found imageLayoutVersion ${JSON.stringify(version)}, expected "${VERSION}".`)
}

async function createLayout(path: string): Promise<void> {
  await mkdir(join(path, 'blobs', 'sha256'), { recursive: true })
  const index = join(path, 'index.json')
  if (!(await exists(index))) await writeIndex(index, [])
  await writeAtomically(join(path, 'oci-layout'), (file) =>
    file.writeFile(JSON.stringify({ imageLayoutVersion: VERSION })),
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function invalid(path: string, found: string, cause?: unknown) {
  return fail(registryErrors.LAYOUT_INVALID, {
    message: `This is not an OCI image layout. ${found}`,
    where: path,
    cause,
  })
}
