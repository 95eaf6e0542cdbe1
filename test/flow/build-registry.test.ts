import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serveRegistry } from '../../src/embedded/index.ts'
import type { ImageIndex, ImageManifest } from '../../src/oci/index.ts'
import { parseReference, parseRepository } from '../../src/oci/index.ts'
import { copyClosure, openLayout, RegistryClient, resolve } from '../../src/registry/index.ts'
import { build, Scratch } from '../support/build.ts'
import { temporaryDirectory } from '../support/embedded-registry.ts'

const both = ['linux/amd64', 'linux/arm64']

describe('waybill build, to a registry', () => {
  it('mounts the base, sends one layer, sets no tag, and gives the digest a layout gives', async (t) => {
    using scratch = new Scratch()
    const seen: string[] = []
    const registry = await serveRegistry({
      root: await temporaryDirectory(t),
      onRequest: ({ method, path, status }) => seen.push(`${method} ${path} ${status}`),
    })
    t.after(() => registry.close())
    const client = new RegistryClient({})
    t.after(() => client.close())
    const at = (name: string) => client.repository(parseRepository(`${registry.address}/${name}`))
    const made = await build(scratch.repository('base', { base: 'base' }), {
      to: at('library/base'),
      build: { platforms: both },
    })
    await made.store.putTag('24', made.image.root)
    seen.length = 0

    const root = scratch.repository('app', { app: 'app' })
    const openStore = async (reference: string) => {
      if (reference.startsWith('layout:')) return openLayout(reference.slice('layout:'.length))
      return client.repository(parseReference(reference))
    }
    const base = `${registry.address}/library/base:24`
    const built = await build(root, { to: at('app'), openStore, build: { base, platforms: both } })
    const { digest } = built.image.root.descriptor
    const index = (await resolve(at('app'), digest)).manifest as ImageIndex
    assert.equal(index.annotations['org.opencontainers.image.base.name'], base)
    const platform = (await resolve(at('app'), index.manifests[0]!.digest)).manifest as ImageManifest
    const below = platform.layers[0]!.digest
    assert.ok(
      seen.some((line) => line.startsWith('POST') && line.includes(`mount=`) && line.endsWith(' 201')),
    )
    assert.ok(
      !seen.some((line) => line.startsWith('GET') && line.includes(`/blobs/${below}`)),
      'the layer was not fetched',
    )
    assert.deepEqual(await at('app').tags(), [])

    const layout = await openLayout(`${scratch.path}/layout`, { create: true })
    const again = await build(root, { to: layout, openStore, build: { base, platforms: both } })
    assert.equal(again.image.root.descriptor.digest, digest)
    await copyClosure({ source: layout, destination: at('copy'), root: digest })
    assert.equal((await at('copy').head(digest))?.digest, digest)
  })
})
