import { fail, isFailure, limits } from '../../base/index.ts'
import { digestOf, manifestBytes, mediaTypes, parseManifest } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { fallbackTag } from '../referrer-list.ts'
import type { StoredManifest } from '../store.ts'
import type { Endpoint } from './endpoint.ts'
import { getManifest, headManifest } from './manifests.ts'
import { tooMany } from './referrers.ts'
import { writeTag } from './tags.ts'

const RACES = 6

/** The entries of a fallback tag; none when there is no such tag, or it is not a referrers list. */
export async function readFallback(endpoint: Endpoint, subject: Digest): Promise<readonly Descriptor[]> {
  const list = listIn(await getManifest(endpoint, fallbackTag(subject)), subject)
  if (list && list.length > limits.referrersPerDigest) throw tooMany(endpoint, subject)
  return list ?? []
}

/**
 * A referrers list is an OCI index that is not the subject itself (GitLab resolves `sha256-<hex>` to the digest).
 */
function listIn(found: StoredManifest | undefined, subject: Digest): readonly Descriptor[] | undefined {
  if (!found || found.descriptor.digest === subject || found.manifest.kind !== 'index') return undefined
  return found.manifest.mediaType === mediaTypes.ociIndex ? found.manifest.manifests : undefined
}

/** Writes fallback tags of one repository. Referrers that arrive together for one subject share one write. */
export class FallbackTags {
  readonly #endpoint: Endpoint
  readonly #open = new Map<Digest, { readonly entries: Descriptor[]; readonly done: Promise<void> }>()
  readonly #last = new Map<Digest, Promise<void>>()

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint
  }

  /** @throws TAG_CONFLICT when others keep writing, or the tag holds something that is no referrers list */
  add(subject: Digest, referrer: Descriptor): Promise<void> {
    const batch = this.#open.get(subject)
    if (batch) {
      batch.entries.push(referrer)
      return batch.done
    }
    const entries = [referrer]
    const before = this.#last.get(subject) ?? Promise.resolve()
    const done = before
      .catch(() => {})
      .then(() => {
        this.#open.delete(subject)
        return addToFallback(this.#endpoint, subject, entries)
      })
    this.#open.set(subject, { entries, done })
    this.#last.set(subject, done)
    return done
  }
}

async function addToFallback(
  endpoint: Endpoint,
  subject: Digest,
  added: readonly Descriptor[],
): Promise<void> {
  await changeFallback(endpoint, subject, (list) => {
    const missing = added.filter(({ digest }) => !list.some((entry) => entry.digest === digest))
    return missing.length > 0 ? [...list, ...missing] : list
  })
}

/** Takes a deleted referrer off the list of its subject. @throws TAG_CONFLICT when others keep writing */
export async function removeFromFallback(endpoint: Endpoint, subject: Digest, gone: Digest): Promise<void> {
  await changeFallback(endpoint, subject, (list) =>
    list.some(({ digest }) => digest === gone) ? list.filter(({ digest }) => digest !== gone) : list,
  )
}

/**
 * Read, change, write, read again, until the change is in: the specification has no locking, so a write by
 * somebody else in between is found by reading and repaired by changing once more. A list is refused when a referrer
 * on it has been deleted meanwhile; that one is left out, for nobody can read it any more.
 */
async function changeFallback(
  endpoint: Endpoint,
  subject: Digest,
  change: (list: readonly Descriptor[]) => readonly Descriptor[],
): Promise<void> {
  const tag = fallbackTag(subject)
  const gone = new Set<Digest>()
  for (let race = 0; race < RACES; race++) {
    const found = await getManifest(endpoint, tag)
    const known = listIn(found, subject)
    if (found && !known && found.descriptor.digest !== subject) throw occupied(endpoint, tag)
    const list = (known ?? []).filter(({ digest }) => !gone.has(digest))
    const changed = change(list)
    if (changed === list) return
    try {
      await writeTag(
        endpoint,
        tag,
        indexOf(changed),
        known ? found?.descriptor.digest : found ? undefined : 'absent',
      )
      return
    } catch (error) {
      if (isFailure(error, registryErrors.TAG_CONFLICT)) continue
      const deleted = isFailure(error, registryErrors.REGISTRY_REFUSED) ? await absent(endpoint, list) : []
      if (deleted.length === 0) throw error
      deleted.forEach((digest) => gone.add(digest))
    }
  }
  throw fail(registryErrors.TAG_CONFLICT, {
    message: `Somebody else kept writing the referrers tag ${tag} in ${endpoint.where}; ${RACES} tries were not enough.`,
    where: `${endpoint.where}:${tag}`,
  })
}

/** Entries whose manifests are not there any more. */
async function absent(endpoint: Endpoint, list: readonly Descriptor[]): Promise<readonly Digest[]> {
  const looked = list.map(async ({ digest }) => ((await headManifest(endpoint, digest)) ? [] : [digest]))
  return (await Promise.all(looked)).flat()
}

function indexOf(manifests: readonly Descriptor[]): StoredManifest {
  const bytes = manifestBytes({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })
  return {
    bytes,
    descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length },
    manifest: parseManifest(bytes, mediaTypes.ociIndex, 'referrers list'),
  }
}

function occupied(endpoint: Endpoint, tag: string) {
  return fail(registryErrors.TAG_CONFLICT, {
    message: `The tag ${tag} in ${endpoint.where} is where referrers are listed, but it holds something else.`,
    where: `${endpoint.where}:${tag}`,
    next: 'Remove that tag, or use a registry with the referrers API.',
  })
}
