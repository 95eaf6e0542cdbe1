import { isDigest, isReservedTag } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'

/**
 * Every digest of a repository that a tag names, with its tags; and, without any, those of which only a list of
 * referrers is left, because an interrupted run took the rest. Lists of referrers themselves are no images.
 */
export type NamedImages = ReadonlyMap<Digest, readonly string[]>

const WIDTH = 16

/** Names of referrer lists (distribution-spec, "Referrers Tag Schema") and of cosign's old attachments. */
export function isAttached(tag: string): boolean {
  return /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\.(?:sig|att|sbom))?$/.test(tag)
}

export async function namedImages(store: ImageStore): Promise<NamedImages> {
  const all = await store.tags()
  const found = new Map<Digest, readonly string[]>()
  await eachHead(
    store,
    all.filter((tag) => !isAttached(tag)),
    (tag, digest) => digest && found.set(digest, [...(found.get(digest) ?? []), tag]),
  )
  const subjects = all.map((tag) => tag.replace('-', ':')).filter(isDigest)
  await eachHead(
    store,
    subjects.filter((digest) => !found.has(digest)),
    (subject, digest) => digest === undefined && found.set(subject as Digest, []),
  )
  return found
}

async function eachHead(
  store: ImageStore,
  names: readonly string[],
  take: (name: string, digest: Digest | undefined) => unknown,
): Promise<void> {
  for (let at = 0; at < names.length; at += WIDTH) {
    const some = names.slice(at, at + WIDTH)
    const heads = await Promise.all(some.map(async (name) => (await store.head(name))?.digest))
    for (const [index, name] of some.entries()) take(name, heads[index])
  }
}

/** Environments that keep a chain of promotions in this repository, whether waybill.yaml still names them or not. */
export function chainsIn(images: NamedImages): readonly string[] {
  const tags = [...images.values()].flat().filter(isReservedTag)
  return tags.flatMap((tag) => /^promotions\.(.+)$/.exec(tag)?.[1] ?? [])
}

/**
 * Everything that these digests hold: themselves, their subjects, and what their indexes list, at every depth.
 * @throws MANIFEST_* when one cannot be read: what it holds must not be guessed
 */
export async function heldBy(store: ImageStore, digests: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
  const held = new Set<Digest>()
  const waiting = [...digests]
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (held.has(digest)) continue
    held.add(digest)
    const manifest = (await store.content(digest))?.manifest
    if (manifest?.subject) waiting.push(manifest.subject.digest)
    if (manifest?.kind === 'index') waiting.push(...manifest.manifests.map((child) => child.digest))
  }
  return held
}
