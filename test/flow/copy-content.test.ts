import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { digestOf, emptyConfig, manifestBytes, mediaTypes, parseManifest } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { attachArtifact, copyClosure, missingContent, readBlob } from '../../src/registry/index.ts'
import { dockerRegistry, embeddedRegistry, noDockerRegistry, repositoryAt } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'

interface Content {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
}

function content(bytes: Buffer, mediaType: string, algorithm: 'sha256' | 'sha512' = 'sha256'): Content {
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length } }
}

/** Copies an image with these layers, and reads every byte of it back. */
async function carry(
  t: TestContext,
  [from, to]: readonly [LabRegistry, LabRegistry],
  config: Content,
  layers: readonly Content[],
  annotations: Readonly<Record<string, string>> = {},
) {
  const source = repositoryAt(t, from, 'app')
  const listed = layers.map(({ descriptor }) => ({ ...descriptor, annotations }))
  const stored = await attachArtifact(source, {
    mediaType: mediaTypes.ociManifest,
    blobs: [...new Map([config, ...layers].map((blob) => [blob.descriptor.digest, blob])).values()],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: config.descriptor,
      layers: listed,
    }),
  })
  const destination = repositoryAt(t, to, 'copy')
  const root = stored.descriptor.digest
  const report = await copyClosure({ source, destination, root, tags: ['v1'], referrers: false })
  assert.deepEqual((await destination.manifest('v1'))?.bytes, stored.bytes, 'bit for bit')
  assert.deepEqual(await missingContent(destination, root), [])
  for (const { descriptor, bytes } of layers.slice(0, 4))
    assert.deepEqual(await readBlob(destination, descriptor, 1e8), bytes)
  return { report, stored }
}

const both = async (t: TestContext) => [await embeddedRegistry(t), await embeddedRegistry(t)] as const

describe('test/flow/copy-content: what images are made of', () => {
  it('hundreds of layers, some of them twice', async (t) => {
    const layers = Array.from({ length: 200 }, (_, i) =>
      content(Buffer.from(`layer ${i % 190}`), mediaTypes.ociLayer),
    )
    const { report } = await carry(t, await both(t), emptyConfig, layers)
    assert.equal(report.blobs, 191)
  })

  it('zstd and estargz layers keep their bytes, media types and annotations', async (t) => {
    const zstd = content(
      zstdCompressSync(randomBytes(200_000)),
      'application/vnd.oci.image.layer.v1.tar+zstd',
    )
    const lazy = { 'containerd.io/snapshot/stargz/toc.digest': digestOf('toc') }
    const { stored } = await carry(t, await both(t), emptyConfig, [zstd], lazy)
    const { manifest } = stored
    assert.ok(manifest.kind === 'manifest')
    assert.equal(manifest.layers[0]?.mediaType, zstd.descriptor.mediaType)
    assert.deepEqual(manifest.layers[0]?.annotations, lazy)
  })

  it('SHA-512 digests, small and large', async (t) => {
    const layers = [1_000, 90_000, 1_300_000].map((size) =>
      content(randomBytes(size), mediaTypes.ociLayer, 'sha512'),
    )
    const config = content(Buffer.from('{}'), mediaTypes.ociConfig, 'sha512')
    await carry(t, await both(t), config, layers)
  })

  it('a foreign layer that the source holds travels, and a dry run says so', async (t) => {
    const labs = await both(t)
    const type = 'application/vnd.oci.image.layer.nondistributable.v1.tar'
    const foreign = content(Buffer.from('windows base'), type)
    const { stored, report } = await carry(t, labs, emptyConfig, [foreign])
    assert.equal(report.blobs, 2)
    const source = repositoryAt(t, labs[0], 'app')
    const destination = repositoryAt(t, labs[1], 'other')
    const root = stored.descriptor.digest
    const plan = await copyClosure({ source, destination, root, referrers: false, dryRun: true })
    assert.deepEqual([plan.blobs, plan.bytes], [report.blobs, report.bytes])
  })

  it('an empty layer, and one of one byte', async (t) => {
    const layers = [Buffer.alloc(0), Buffer.from('x')].map((bytes) => content(bytes, mediaTypes.ociLayer))
    await carry(t, await both(t), emptyConfig, layers)
  })

  it('layers of many MiB between real registries', { skip: noDockerRegistry }, async (t) => {
    const labs = [await dockerRegistry(t), await dockerRegistry(t)] as const
    const layers = [3, 5, 9].map((mib) => content(randomBytes(mib * 1024 * 1024), mediaTypes.ociLayer))
    const { report } = await carry(t, labs, emptyConfig, layers)
    assert.equal(report.bytes, 17 * 1024 * 1024 + emptyConfig.descriptor.size)
  })

  it('a large manifest: near the 4 MiB every registry must take', async (t) => {
    const labs = await both(t)
    const annotations = { padding: 'x'.repeat(3_900_000) }
    const source = repositoryAt(t, labs[0], 'app')
    const bytes = manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [],
      annotations,
    })
    const manifest = parseManifest(bytes, mediaTypes.ociIndex, 'test')
    const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length }
    await source.putManifest({ bytes, manifest, descriptor })
    const destination = repositoryAt(t, labs[1], 'copy')
    await copyClosure({ source, destination, root: descriptor.digest })
    assert.deepEqual((await destination.manifest(descriptor.digest))?.bytes, bytes)
  })
})
