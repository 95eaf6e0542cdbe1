import { fail, printableLine } from '../base/index.ts'
import { isDigest } from '../oci/index.ts'
import { registryErrors } from './errors.ts'
import type { ImageStore, StoredManifest } from './store.ts'

const SHOWN_TAGS = 8

/** A tag or digest that must exist. @throws REPOSITORY_MISSING, MANIFEST_MISSING saying what is there instead */
export async function resolve(store: ImageStore, name: string): Promise<StoredManifest> {
  const found = await store.manifest(name)
  if (found) return found
  const tags = await store.tags().catch(() => undefined)
  const what = isDigest(name) ? `digest ${name}` : `tag "${name}"`
  if (tags?.length === 0 && !isDigest(name)) {
    throw fail(registryErrors.REPOSITORY_MISSING, {
      message: `Looked for ${what}: ${store.location} does not exist or has no tags.`,
      where: store.location,
    })
  }
  const all = tags ?? []
  const shown = printableLine(all.slice(-SHOWN_TAGS).join(', '))
  const which = all.length > SHOWN_TAGS ? `${SHOWN_TAGS} of the ${all.length} tags` : 'Tags'
  throw fail(registryErrors.MANIFEST_MISSING, {
    message: `There is no ${what} in ${store.location}.`,
    where: store.location,
    ...(shown && { next: `Check the name. ${which} there: ${shown}.` }),
  })
}
