import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { copyClosure, openLayout, treeOf } from '../../src/registry/index.ts'
import type { ImageNode, ImageStore, StoredManifest } from '../../src/registry/index.ts'
import { putIndex, putLegacySignature, putReferrer } from '../support/images.ts'
import {
  dockerRegistry,
  embeddedRegistry,
  labClient,
  noDockerRegistry,
  repositoryAt,
  temporaryDirectory,
} from '../support/registries.ts'
import type { Cleanup, LabRegistry } from '../support/registries.ts'

interface Place {
  readonly skip: string | false
  /** Called once per side; the store it makes is called with a repository name for each pair. */
  readonly start: (t: Cleanup) => Promise<(name: string) => Promise<ImageStore>>
}

function onRegistry(start: (t: Cleanup) => Promise<LabRegistry>): Place['start'] {
  return async (t) => {
    const [lab, client] = [await start(t), labClient(t)]
    return (name) => Promise.resolve(repositoryAt(t, lab, name, client))
  }
}

const places: Readonly<Record<string, Place>> = {
  embedded: { skip: false, start: onRegistry((t) => embeddedRegistry(t)) },
  'embedded without referrers API': {
    skip: false,
    start: onRegistry((t) => embeddedRegistry(t, { referrersApi: false })),
  },
  'docker-registry 2.8': { skip: noDockerRegistry, start: onRegistry((t) => dockerRegistry(t)) },
  layout: {
    skip: false,
    start: async (t) => {
      const directory = await temporaryDirectory(t)
      return (name) => openLayout(join(directory, name), { create: true })
    },
  },
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

describe('test/flow/copy-closure: every place to every place', () => {
  const ends: (() => Promise<void> | void)[] = []
  const suite: Cleanup = { after: (end) => void ends.push(end) }
  const started = new Map<string, (name: string) => Promise<ImageStore>>()
  before(async () => {
    for (const [place, { skip, start }] of Object.entries(places))
      for (const side of skip ? [] : ['source', 'destination'])
        started.set(`${side} ${place}`, await start(suite))
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  let pairs = 0
  for (const [from, source] of Object.entries(places))
    for (const [to, destination] of Object.entries(places)) {
      const name = `app-${pairs++}`
      it(`${from} → ${to}`, { skip: source.skip || destination.skip }, async () => {
        const a = await started.get(`source ${from}`)!(`dev/${name}`)
        const b = await started.get(`destination ${to}`)!(`prod/${name}`)
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
    }
})
