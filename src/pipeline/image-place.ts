import { readFile } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { fail, isObject, limits, parseJson } from '../base/index.ts'
import { formatReference, isDigest, isTag, parseReference } from '../oci/index.ts'
import { resolve } from '../registry/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import type { BuildJob } from './build-job.ts'
import { pipelineErrors } from './errors.ts'

const REF_NAME = 'org.opencontainers.image.ref.name'

/** An image to build from, resolved to a digest. */
export interface FoundImage {
  readonly store: ImageStore
  readonly image: StoredManifest
  /** The reference in full, short forms of Docker Hub expanded. */
  readonly name: string
}

/** Opens a registry reference, or `layout:FOLDER[:tag|@digest]` relative to waybill.yaml. */
export async function openImage(reference: string, job: BuildJob): Promise<FoundImage> {
  if (!reference.startsWith('layout:')) {
    const parsed = parseReference(reference)
    const store = await job.parts.openStore(reference)
    const image = await resolve(store, parsed.digest ?? parsed.tag)
    return { store, image, name: formatReference(parsed) }
  }
  const { folder, name } = splitLayout(reference.slice('layout:'.length), job.spec.directory)
  const store = await job.parts.openStore(`layout:${folder}`)
  return { store, image: await resolve(store, name ?? (await onlyImage(folder))), name: reference }
}

function splitLayout(text: string, directory: string): { folder: string; name?: string } {
  const at = text.lastIndexOf('@')
  if (at > 0 && isDigest(text.slice(at + 1)))
    return { folder: resolvePath(directory, text.slice(0, at)), name: text.slice(at + 1) }
  const colon = text.lastIndexOf(':')
  if (colon > 0 && isTag(text.slice(colon + 1)))
    return { folder: resolvePath(directory, text.slice(0, colon)), name: text.slice(colon + 1) }
  return { folder: resolvePath(directory, text) }
}

/** The digest of a layout's one image: its only entry, or the only one with a name. */
export async function onlyImage(folder: string): Promise<string> {
  const path = join(folder, 'index.json')
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw invalid('Found no index.json, expected an OCI layout', folder, cause)
  })
  if (bytes.length > limits.manifestBytes) throw invalid(`Found ${bytes.length} bytes, too many`, path)
  const json = parseJson(bytes, path)
  const listed: unknown[] = isObject(json) && Array.isArray(json.manifests) ? json.manifests : []
  const entries = listed.filter(isObject)
  const named = entries.filter(
    ({ annotations }) => isObject(annotations) && annotations[REF_NAME] !== undefined,
  )
  const digests = new Set((entries.length === 1 ? entries : named).map(({ digest }) => digest))
  const [only] = digests
  if (digests.size === 1 && isDigest(only)) return only
  throw invalid(`Found ${entries.length} entries, expected one: add :tag or @digest to the folder`, path)
}

function invalid(message: string, where: string, cause?: unknown) {
  return fail(pipelineErrors.BUILD_INVALID, {
    message: `${message}.`,
    where,
    ...(cause !== undefined && { cause }),
  })
}
