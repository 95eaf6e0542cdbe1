import { isReservedTag } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'

/** Every digest of a repository that a tag names, with its tags. Lists of referrers are no images and left out. */
export type TaggedImages = ReadonlyMap<Digest, readonly string[]>

const WIDTH = 16
/** Names of referrer lists and of cosign's old attachments. */
export function isAttached(tag: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}/.test(tag)
}

export async function taggedImages(store: ImageStore): Promise<TaggedImages> {
  const tags = (await store.tags()).filter((tag) => !isAttached(tag))
  const found = new Map<Digest, string[]>()
  for (let at = 0; at < tags.length; at += WIDTH) {
    const some = tags.slice(at, at + WIDTH)
    const heads = await Promise.all(
      some.map(async (tag) => ({ tag, digest: (await store.head(tag))?.digest })),
    )
    for (const { tag, digest } of heads)
      if (digest !== undefined) found.set(digest, [...(found.get(digest) ?? []), tag])
  }
  return found
}

/** Environments that keep a chain of promotions in this repository, whether waybill.yaml still names them or not. */
export function chainsIn(images: TaggedImages): readonly string[] {
  const tags = [...images.values()].flat().filter(isReservedTag)
  return tags.flatMap((tag) => /^promotions\.(.+)$/.exec(tag)?.[1] ?? [])
}

/**
 * Everything that these digests hold: themselves and what their indexes list, at every depth.
 * @throws MANIFEST_* when one cannot be read: what it holds must not be guessed
 */
export async function heldBy(store: ImageStore, digests: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
  const held = new Set<Digest>()
  const waiting = [...digests]
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (held.has(digest)) continue
    held.add(digest)
    const stored = await store.content(digest)
    if (stored?.manifest.subject) held.add(stored.manifest.subject.digest)
    if (stored?.manifest.kind === 'index')
      waiting.push(...stored.manifest.manifests.map((child) => child.digest))
  }
  return held
}
