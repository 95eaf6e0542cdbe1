import { access, readdir, readFile } from 'node:fs/promises'
import { fail, isObject, parseJson } from '../../base/index.ts'
import { algorithmOf, hexOf, isDigest, isMediaType, parseDescriptor } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { embeddedErrors } from '../errors.ts'
import { isMissing } from './durable.ts'

/** What a repository knows of one of its manifests. `size` in bytes. */
export interface ManifestEntry {
  readonly mediaType: string
  readonly size: number
  readonly subject?: Digest
}

/** A digest as a file name. */
export function fileNameOf(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}`
}

/** @throws REGISTRY_STORE_DAMAGED */
export function readEntry(bytes: Buffer, file: string): ManifestEntry {
  const json = parseJson(bytes, file)
  if (!isObject(json) || !isMediaType(json.mediaType) || typeof json.size !== 'number')
    throw damaged(file, 'a manifest entry')
  return {
    mediaType: json.mediaType,
    size: json.size,
    ...(isDigest(json.subject) && { subject: json.subject }),
  }
}

/** @throws REGISTRY_STORE_DAMAGED */
export function readDescriptor(bytes: Buffer, file: string): Descriptor {
  const descriptor = parseDescriptor(parseJson(bytes, file))
  if (typeof descriptor === 'string') throw damaged(file, 'a descriptor')
  return descriptor
}

/** undefined when there is no such file. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** The names in a folder; none when it is not there. */
export async function list(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

export async function exists(file: string): Promise<boolean> {
  try {
    await access(file)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** The error for a file that is not what the registry wrote. */
export function damaged(file: string, expected: string) {
  return fail(embeddedErrors.REGISTRY_STORE_DAMAGED, {
    message: `Found other content, expected ${expected}.`,
    where: file,
  })
}
