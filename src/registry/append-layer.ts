import { fail, isFailure, limits, parseJson } from '../base/index.ts'
import { childrenOf, digestOf, manifestBytes, mediaTypes } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'
import { attachArtifact } from './attach.ts'
import { registryErrors } from './errors.ts'
import type { ImageStore, StoredManifest } from './store.ts'

const RACES = 6

/** A layer that is not there yet: its bytes and what stands beside it. */
export interface NewLayer {
  readonly mediaType: string
  readonly bytes: Buffer
  readonly annotations: Readonly<Record<string, string>>
}

/** Appends under way in this process, one after the other for each tag: no registry is sure to refuse a lost race. */
const under = new Map<string, Promise<void>>()

/**
 * Adds a layer to the manifest of a tag, as cosign keeps signatures: what is there stays. Read, add, write on the
 * condition that nobody wrote in between, read again; several times when somebody did.
 * @throws TAG_CONFLICT when others keep writing, or the tag holds something else
 */
export async function appendLayer(store: ImageStore, tag: string, layer: NewLayer): Promise<void> {
  const place = `${store.location}:${tag}`
  const before = under.get(place) ?? Promise.resolve()
  const mine = before.catch(() => {}).then(() => append(store, tag, layer))
  under.set(place, mine)
  try {
    await mine
  } finally {
    if (under.get(place) === mine) under.delete(place)
  }
}

async function append(store: ImageStore, tag: string, layer: NewLayer): Promise<void> {
  const { mediaType, bytes, annotations } = layer
  const added: Descriptor = { mediaType, size: bytes.length, digest: digestOf(bytes), annotations }
  for (let race = 0; race < RACES; race++) {
    const there = await store.manifest(tag)
    if (there && there.manifest.kind !== 'manifest') throw conflict(store, tag, 'it holds an index')
    if (there && holds(there, added)) return
    if (there && childrenOf(there.manifest).length > limits.signaturesPerImage)
      throw conflict(store, tag, `it holds ${limits.signaturesPerImage} layers, and more are not read`)
    const stored = await attachArtifact(store, withLayer(there, added, bytes))
    try {
      return await store.putTag(tag, stored, there?.descriptor.digest ?? 'absent')
    } catch (error) {
      if (!isFailure(error, registryErrors.TAG_CONFLICT)) throw error
    }
  }
  throw conflict(store, tag, 'others keep writing to it')
}

function holds({ manifest }: StoredManifest, added: Descriptor): boolean {
  const text = ({ digest, annotations = {} }: Descriptor) =>
    JSON.stringify([digest, Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1))])
  return manifest.kind === 'manifest' && manifest.layers.some((layer) => text(layer) === text(added))
}

/** The manifest there is, unknown fields and all, with one layer more and a config that counts it. */
function withLayer(there: StoredManifest | undefined, added: Descriptor, bytes: Buffer) {
  const json = there ? (parseJson(there.bytes, 'manifest') as ManifestJson) : {}
  const layers = [...(json.layers ?? []), added]
  const config = Buffer.from(JSON.stringify(configOf(layers)))
  const descriptor = { mediaType: mediaTypes.ociConfig, size: config.length, digest: digestOf(config) }
  return {
    mediaType: mediaTypes.ociManifest,
    manifest: manifestBytes({
      ...json,
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: descriptor,
      layers,
    }),
    blobs: [
      { descriptor, bytes: config },
      { descriptor: added, bytes },
    ],
  }
}

interface ManifestJson {
  readonly layers?: readonly Descriptor[]
}

// As cosign writes it: layers are not compressed, so their digests are those of their content.
function configOf(layers: readonly Descriptor[]): object {
  return {
    architecture: '',
    created: '0001-01-01T00:00:00Z',
    os: '',
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    config: {},
  }
}

function conflict(store: ImageStore, tag: string, why: string) {
  return fail(registryErrors.TAG_CONFLICT, {
    message: `Nothing could be added to the tag ${tag}: ${why}.`,
    where: store.location,
  })
}
