import assert from 'node:assert/strict'
import { digestOf, hexOf, manifestBytes, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor, Digest } from '../../src/oci/index.ts'
import { attachArtifact, readBlob } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { bundleArtifact } from '../../src/signing/index.ts'
import { blobOf } from './images.ts'

const LAYER_BYTES = 10 * 1024 * 1024
const MADE_ON = '2026-11-20T12:00:00Z'

/** The one layer of a referrer: a bundle. */
export async function bundleIn(store: ImageStore, referrer: Digest): Promise<Buffer> {
  const [layer] = await layersIn(store, referrer)
  assert.ok(layer)
  return readBlob(store, layer, LAYER_BYTES)
}

/** Every bundle on a digest, with its predicate type. */
export async function bundlesOn(store: ImageStore, digest: Digest) {
  const listed = await store.referrers(digest)
  return Promise.all(
    listed.map(async (entry) => {
      const bytes = await bundleIn(store, entry.digest)
      return { bytes, predicateType: typeIn(bytes) }
    }),
  )
}

/** Attaches a bundle to a digest it may not be about. */
export async function hangBundle(store: ImageStore, digest: Digest, bytes: Buffer): Promise<void> {
  const subject = await store.head(digest)
  assert.ok(subject)
  const bundle = { bytes, payload: digestOf(bytes), predicateType: typeIn(bytes), timestamped: false }
  await attachArtifact(store, bundleArtifact(bundle, subject, MADE_ON))
}

/** A bundle or bare envelope with its payload changed and its signature left. */
export function changed(content: Buffer, from: string, to: string): Buffer {
  const json = JSON.parse(content.toString('utf8')) as Envelope & { dsseEnvelope?: Envelope }
  const envelope = json.dsseEnvelope ?? json
  envelope.payload = Buffer.from(replaced(payloadOf(content), from, to)).toString('base64')
  return Buffer.from(JSON.stringify(json))
}

/**
 * Puts what is under one image's legacy tag under another's (or its own), every layer changed and every annotation,
 * and with it the signature, left.
 */
export async function moveLegacy(
  store: ImageStore,
  form: 'sig' | 'att',
  images: { readonly from: Digest; readonly to: Digest },
  change: (content: Buffer) => Buffer,
): Promise<void> {
  const there = await store.manifest(legacyTag(images.from, form))
  assert.ok(there?.manifest.kind === 'manifest')
  const { config } = there.manifest
  const moved = await Promise.all(
    there.manifest.layers.map(async (layer) => {
      const blob = blobOf(change(await readBlob(store, layer, LAYER_BYTES)), layer.mediaType)
      return { ...blob, listed: { ...blob.descriptor, annotations: layer.annotations } }
    }),
  )
  const stored = await attachArtifact(store, {
    mediaType: mediaTypes.ociManifest,
    blobs: [{ descriptor: config, bytes: await readBlob(store, config, LAYER_BYTES) }, ...moved],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config,
      layers: moved.map(({ listed }) => listed),
    }),
  })
  await store.putTag(legacyTag(images.to, form), stored)
}

/** One text in place of another that must be there. */
export function replaced(text: string, from: string, to: string): string {
  assert.ok(text.includes(from), `no ${from} in ${text}`)
  return text.replaceAll(from, to)
}

interface Envelope {
  payload: string
}

function payloadOf(content: Buffer): string {
  const json = JSON.parse(content.toString('utf8')) as Envelope & { dsseEnvelope?: Envelope }
  return Buffer.from((json.dsseEnvelope ?? json).payload, 'base64').toString('utf8')
}

function typeIn(bundle: Buffer): string {
  return (JSON.parse(payloadOf(bundle)) as { predicateType: string }).predicateType
}

function legacyTag(digest: Digest, form: 'sig' | 'att'): string {
  return `sha256-${hexOf(digest)}.${form}`
}

async function layersIn(store: ImageStore, name: string): Promise<readonly Descriptor[]> {
  const stored = await store.manifest(name)
  return stored?.manifest.kind === 'manifest' ? stored.manifest.layers : []
}
