import { limits } from '../base/index.ts'
import { effectiveArtifactType, formatPlatform } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { closureTooLarge } from './closure-too-large.ts'
import { resolve } from './resolve.ts'
import type { ImageStore, StoredManifest } from './store.ts'

/** One manifest of an image with what hangs on it. */
export interface ImageNode {
  readonly digest: Digest
  readonly mediaType: string
  readonly size: number
  readonly artifactType?: string
  readonly platform?: string
  readonly annotations: Readonly<Record<string, string>>
  /** Of a manifest, not of an index. */
  readonly config?: Descriptor
  readonly layers: readonly Descriptor[]
  /** Of an index; `missing` in place of a child that is not there. */
  readonly children: readonly ImageNode[]
  readonly referrers: readonly ImageNode[]
  readonly missing?: true
}

/** Everything known about one image in one place. */
export interface ImageTree {
  /** `host/path@digest` or `layout:dir@digest`. */
  readonly reference: string
  readonly root: ImageNode
}

/** Reads an image and its referrers, recursively. @throws MANIFEST_MISSING, REPOSITORY_MISSING */
export async function treeOf(store: ImageStore, name: string): Promise<ImageTree> {
  const stored = await resolve(store, name)
  const reading = { store, take: takeUpTo(limits.closureManifests, store) }
  const root = await nodeOf(reading, stored, undefined, new Set())
  return { reference: `${store.location}@${root.digest}`, root }
}

interface Reading {
  readonly store: ImageStore
  /** Counts nodes before they are read: children listed many times, again and again below, make a tree without end. */
  readonly take: (nodes: number) => void
}

function takeUpTo(most: number, { location }: ImageStore): Reading['take'] {
  let left = most
  return (nodes) => {
    if ((left -= nodes) < 0) throw closureTooLarge(location)
  }
}

async function nodeOf(
  reading: Reading,
  { descriptor, manifest }: StoredManifest,
  listed: Descriptor | undefined,
  above: ReadonlySet<Digest>,
): Promise<ImageNode> {
  const { digest, mediaType, size } = descriptor
  const path = new Set(above).add(digest)
  const children = manifest.kind === 'index' ? manifest.manifests : []
  reading.take(children.length)
  const artifactType = manifest.subject || manifest.artifactType ? effectiveArtifactType(manifest) : undefined
  return {
    digest,
    mediaType,
    size,
    ...(artifactType && { artifactType }),
    ...(listed?.platform && { platform: formatPlatform(listed.platform) }),
    annotations: manifest.annotations,
    ...(manifest.kind === 'manifest' && { config: manifest.config }),
    layers: manifest.kind === 'manifest' ? manifest.layers : [],
    children: await Promise.all(children.map((child) => childNode(reading, child, path))),
    referrers: await referrerNodes(reading, digest, path),
  }
}

async function childNode(
  reading: Reading,
  child: Descriptor,
  above: ReadonlySet<Digest>,
): Promise<ImageNode> {
  const stored = await reading.store.manifest(child.digest)
  return stored ? nodeOf(reading, stored, child, above) : missingNode(child)
}

async function referrerNodes(
  reading: Reading,
  subject: Digest,
  above: ReadonlySet<Digest>,
): Promise<readonly ImageNode[]> {
  // No honest closure is this deep; a list that names its own subject would never end.
  if (above.size > limits.jsonDepth) return []
  const listed = (await reading.store.referrers(subject)).filter(({ digest }) => !above.has(digest))
  reading.take(listed.length)
  const nodes = listed.map(async (entry) => {
    const found = await reading.store.manifest(entry.digest)
    if (!found) return missingNode(entry)
    return found.manifest.subject?.digest === subject ? nodeOf(reading, found, undefined, above) : undefined
  })
  return (await Promise.all(nodes)).filter((node) => node !== undefined)
}

function missingNode({
  digest,
  mediaType,
  size,
  platform,
  artifactType,
  annotations,
}: Descriptor): ImageNode {
  return {
    digest,
    mediaType,
    size,
    ...(artifactType && { artifactType }),
    ...(platform && { platform: formatPlatform(platform) }),
    annotations: annotations ?? {},
    layers: [],
    children: [],
    referrers: [],
    missing: true,
  }
}
