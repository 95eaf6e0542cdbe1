import { fail } from '../base/index.ts'
import { predicateTypes } from '../attestation/index.ts'
import { isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore } from '../registry/index.ts'
import { retentionErrors } from './errors.ts'

/** What goes with an image, in the order it must go in. */
export interface Removal {
  /** Referrers without provenance, then parts. */
  readonly first: readonly Digest[]
  readonly root: Digest
  /** Provenance goes last: while anything is left, it says that this may go. */
  readonly last: readonly Digest[]
  /** Lists of referrers and cosign's old attachments, by tag. */
  readonly attached: readonly string[]
  /** How many manifests there are of the first three. */
  readonly count: number
}

/** Lists what hangs on an image and on its parts. Parts that something else holds stay, with what hangs on them. */
export async function removalOf(
  store: ImageStore,
  root: Digest,
  held: ReadonlySet<Digest>,
): Promise<Removal> {
  const { parts, there } = await partsOf(store, root, held)
  const referrers = new Map<Digest, boolean>()
  for (const part of parts) await addReferrers(store, part, held, referrers)
  const [last, other] = [true, false].map((isProvenance) =>
    [...referrers].flatMap(([digest, is]) => (is === isProvenance ? [digest] : [])),
  )
  return {
    first: [...(other ?? []), ...parts.filter((part) => part !== root).toReversed()],
    root,
    last: last ?? [],
    attached: await attachedTo(store, [...parts, ...referrers.keys()], held),
    count: referrers.size + there,
  }
}

/** Whoever may push may let such a tag name anything: what is held stays. */
async function attachedTo(
  store: ImageStore,
  digests: readonly Digest[],
  held: ReadonlySet<Digest>,
): Promise<readonly string[]> {
  const known = new Set(await store.tags())
  const named = digests.flatMap((digest) => {
    const name = digest.replace(':', '-')
    return [name, `${name}.sig`, `${name}.att`, `${name}.sbom`].filter((tag) => known.has(tag))
  })
  const heads = await Promise.all(named.map(async (tag) => (await store.head(tag))?.digest))
  return named.filter((_, at) => !held.has(heads[at] as Digest))
}

async function partsOf(store: ImageStore, root: Digest, held: ReadonlySet<Digest>) {
  const parts = new Set<Digest>()
  let there = 0
  const waiting = [root]
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (parts.has(digest) || held.has(digest)) continue
    parts.add(digest)
    // An interrupted run may have taken a part away already.
    const manifest = (await store.manifest(digest))?.manifest
    if (manifest) there++
    if (manifest?.kind === 'index') waiting.push(...manifest.manifests.map((child) => child.digest))
  }
  return { parts: [...parts], there }
}

/** Referrers of referrers come first: nothing is left hanging in the air. */
async function addReferrers(
  store: ImageStore,
  subject: Digest,
  held: ReadonlySet<Digest>,
  found: Map<Digest, boolean>,
): Promise<void> {
  for (const { digest, annotations } of await store.referrers(subject)) {
    if (found.has(digest) || held.has(digest)) continue
    const stored = await store.manifest(digest)
    if (stored?.manifest.subject?.digest !== subject) continue
    await addReferrers(store, digest, held, found)
    const type = annotations?.['dev.sigstore.bundle.predicateType'] ?? ''
    found.set(digest, type === predicateTypes.provenance)
  }
}

/** Takes it all away. What is gone already is no error. @throws DELETE_UNSUPPORTED, REGISTRY_* */
export async function remove(
  store: ImageStore,
  { first, root, last, attached }: Removal,
  tags: readonly string[],
): Promise<void> {
  for (const digest of [...first, root]) await removeManifest(store, digest)
  for (const tag of tags) await removeTag(store, tag)
  for (const digest of last) await removeManifest(store, digest)
  for (const tag of attached) await removeAttached(store, tag)
}

async function removeManifest(store: ImageStore, digest: Digest): Promise<void> {
  if (await store.deleteManifest(digest)) return
  if (await store.head(digest)) throw unsupported(store, digest)
}

/** Most registries take the tags of a manifest away with it. */
export async function removeTag(store: ImageStore, tag: string): Promise<void> {
  if (!(await store.head(tag)) || (await store.deleteTag(tag))) return
  if (await store.head(tag)) throw unsupported(store, tag)
}

async function removeAttached(store: ImageStore, tag: string): Promise<void> {
  const digest = (await store.head(tag))?.digest
  if (digest !== undefined) await removeManifest(store, digest)
}

function unsupported({ location }: ImageStore, name: string) {
  return fail(retentionErrors.DELETE_UNSUPPORTED, {
    message: `The registry did not delete ${name}.`,
    where: isDigest(name) ? `${location}@${name}` : `${location}:${name}`,
  })
}
