import { resolve } from 'node:path'
import { fail } from '../base/index.ts'
import { isDigest, isTag, parseReference } from '../oci/index.ts'
import type { Repository } from '../oci/index.ts'
import { openLayout } from '../registry/index.ts'
import type { ImageStore, RegistryClient } from '../registry/index.ts'
import { wiringErrors } from './errors.ts'

export interface NamedImage {
  readonly store: ImageStore
  readonly name: string
}

const LAYOUT = /^layout:(.+?)(?:@(sha(?:256|512):[0-9a-f]+)|:([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?$/

/**
 * What a person wrote for an image → its store and its name there. `layout:DIR[@digest|:tag]`, a digest or tag in
 * the home repository, or a full reference.
 * @throws REFERENCE_INVALID, LAYOUT_INVALID, LAYOUT_NAME_REQUIRED
 */
export async function openImage(
  text: string,
  home: Repository | undefined,
  client: RegistryClient,
  cwd: string,
): Promise<NamedImage> {
  const layout = LAYOUT.exec(text)
  if (layout) return openLayoutImage(layout, cwd)
  if (home && (isDigest(text) || isTag(text))) return { store: client.repository(home), name: text }
  const reference = parseReference(text)
  return {
    store: client.repository({ registry: reference.registry, name: reference.name }),
    name: reference.digest ?? reference.tag,
  }
}

async function openLayoutImage(
  [, directory = '', digest, tag]: RegExpExecArray,
  cwd: string,
): Promise<NamedImage> {
  const store = await openLayout(resolve(cwd, directory))
  const name = digest ?? tag
  if (name !== undefined) return { store, name }
  const tags = await store.tags()
  const digests = new Set(await Promise.all(tags.map(async (each) => (await store.head(each))?.digest)))
  const [only] = digests
  if (digests.size === 1 && only) return { store, name: only }
  throw fail(wiringErrors.LAYOUT_NAME_REQUIRED, {
    message: tags.length === 0 ? 'The layout names no image by tag.' : `The layout holds ${tags.join(', ')}.`,
    where: store.location,
  })
}
