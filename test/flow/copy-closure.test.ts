import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { copyClosure, openLayout, treeOf } from '../../src/registry/index.ts'
import type { ImageNode, ImageStore, StoredManifest } from '../../src/registry/index.ts'
import { putIndex, putLegacySignature, putReferrer } from '../support/images.ts'
import {
  dockerRegistry,
  embeddedRegistry,
  noDockerRegistry,
  repositoryAt,
  temporaryDirectory,
} from '../support/registries.ts'
import type { Cleanup } from '../support/registries.ts'

type MakeStore = (t: Cleanup, name: string) => Promise<ImageStore>

const stores: Readonly<Record<string, { readonly make: MakeStore; readonly skip: string | false }>> = {
  embedded: { skip: false, make: async (t, name) => repositoryAt(t, await embeddedRegistry(t), name) },
  'embedded without referrers API': {
    skip: false,
    make: async (t, name) => repositoryAt(t, await embeddedRegistry(t, { referrersApi: false }), name),
  },
  'docker-registry 2.8': {
    skip: noDockerRegistry,
    make: async (t, name) => repositoryAt(t, await dockerRegistry(t), name),
  },
  layout: { skip: false, make: async (t) => openLayout(await temporaryDirectory(t), { create: true }) },
}

/** An index with two platforms, a referrer on it, one on that, one on a child, and a legacy signature. */
async function seed(store: ImageStore) {
  const index = await putIndex(store, {}, 'v1')
  const child = childrenOf(index.manifest)[0]!
  const first = await putReferrer(store, index.descriptor, 'about the index')
  const second = await putReferrer(store, first.descriptor, 'about the referrer')
  const third = await putReferrer(store, child, 'about a platform')
  const legacy = await putLegacySignature(store, index.descriptor, ['one'])
  const carried = [first, second, third, legacy].map(({ descriptor }) => descriptor.digest).toSorted()
  return { index, child, carried, legacy }
}

function referrersOf(node: ImageNode): readonly Digest[] {
  const here = node.referrers.flatMap((referrer) => [referrer.digest, ...referrersOf(referrer)])
  return [...here, ...node.children.flatMap(referrersOf)].toSorted()
}

async function requireWhole(store: ImageStore, index: StoredManifest, carried: readonly Digest[]) {
  const tree = await treeOf(store, index.descriptor.digest)
  assert.equal(tree.root.children.length, 2)
  assert.equal(
    tree.root.children.some(({ missing }) => missing),
    false,
  )
  for (const child of tree.root.children)
    for (const blob of [child.config!, ...child.layers]) {
      const bytes = Buffer.concat(await Array.fromAsync(await store.blob(blob)))
      assert.equal(bytes.length, blob.size)
    }
  const found = referrersOf(tree.root)
  for (const digest of found) assert.ok(carried.includes(digest))
  assert.equal(found.length, carried.length - 1, 'all but the legacy one are referrers')
}

describe('test/flow/copy-closure: every store to every store', () => {
  for (const [from, source] of Object.entries(stores))
    for (const [to, destination] of Object.entries(stores))
      it(`${from} → ${to}`, { skip: source.skip || destination.skip }, async (t) => {
        const a = await source.make(t, 'dev/app')
        const b = await destination.make(t, 'prod/app')
        const { index, carried, legacy } = await seed(a)
        const root = index.descriptor.digest
        const report = await copyClosure({ source: a, destination: b, root })
        assert.deepEqual(report.carried, carried)
        assert.equal(report.manifests, 7)
        await requireWhole(b, index, carried)
        const tag = await b.manifest(`${root.replace(':', '-')}.sig`)
        assert.equal(tag?.descriptor.digest, legacy.descriptor.digest)
        assert.equal(await b.manifest('v1'), undefined, 'tags are the caller’s')

        const again = await copyClosure({ source: a, destination: b, root })
        assert.deepEqual(
          { manifests: again.manifests, blobs: again.blobs, bytes: again.bytes, carried: again.carried },
          { manifests: 0, blobs: 0, bytes: 0, carried },
        )
      })
})
