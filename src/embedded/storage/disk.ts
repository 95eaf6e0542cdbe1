import { access, constants, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail } from '../../base/index.ts'
import { embeddedErrors } from '../errors.ts'
import { BlobStore } from './blob-store.ts'
import { makeDirectory } from './durable.ts'
import { RepositoryStore } from './repository-store.ts'
import { UploadStore } from './upload-store.ts'

/** Everything a registry keeps, in one directory. */
export interface Disk {
  readonly blobs: BlobStore
  readonly repositories: RepositoryStore
  readonly uploads: UploadStore
}

/**
 * Opens the directory, making it when missing, and clears away what a crash left behind.
 * @throws REGISTRY_ROOT_UNUSABLE
 */
export async function openDisk(root: string, now: () => Date): Promise<Disk> {
  const base = resolve(root)
  try {
    const temporary = join(base, 'temporary')
    await rm(temporary, { recursive: true, force: true })
    for (const folder of [base, temporary, join(base, 'uploads')]) await makeDirectory(folder)
    await access(base, constants.W_OK)
    const blobs = new BlobStore(join(base, 'blobs'), temporary)
    const repositories = new RepositoryStore(join(base, 'repositories'), temporary)
    const uploads = new UploadStore(join(base, 'uploads'), blobs, now)
    await repositories.load()
    await uploads.sweep()
    return { blobs, repositories, uploads }
  } catch (cause) {
    throw fail(embeddedErrors.REGISTRY_ROOT_UNUSABLE, {
      message: `Cannot use this directory for the registry: ${cause instanceof Error ? cause.message : String(cause)}.`,
      where: base,
      cause,
    })
  }
}
