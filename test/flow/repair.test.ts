import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { copyClosure, missingContent, repairImage } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { putIndex, putReferrer } from '../support/images.ts'
import { embeddedRegistry, repositoryAt } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { APP, openRoad } from '../support/road.ts'

/** One image in a good and in a sparse place, whole in both, with two referrers. */
async function twice(t: TestContext, referrersApi = true) {
  const [from, to] = [
    await embeddedRegistry(t, { referrersApi }),
    await embeddedRegistry(t, { referrersApi, sparse: true }),
  ]
  const [good, broken] = [repositoryAt(t, from, 'app'), repositoryAt(t, to, 'app')]
  const index = await putIndex(good)
  const referrers = [
    await putReferrer(good, index.descriptor, 'signature'),
    await putReferrer(good, index.descriptor, 'bill of materials'),
  ]
  const root = index.descriptor.digest
  await copyClosure({ source: good, destination: broken, root })
  return { to, good, broken, index, root, referrers: referrers.map(({ descriptor }) => descriptor.digest) }
}

async function remove(lab: LabRegistry, path: string): Promise<void> {
  const answer = await fetch(`http://${lab.address}/v2/${path}`, { method: 'DELETE' })
  assert.equal(answer.status, 202)
}

async function blobOfChild(store: ImageStore, child: Digest): Promise<Digest> {
  const stored = await store.manifest(child)
  assert.ok(stored?.manifest.kind === 'manifest' && stored.manifest.layers[0])
  return stored.manifest.layers[0].digest
}

describe('test/flow/repair: one image', () => {
  it('a child and a blob that are gone come back from another place', async (t) => {
    const { to, good, broken, index, root } = await twice(t)
    const [first, second] = childrenOf(index.manifest)
    const layer = await blobOfChild(good, first!.digest)
    await remove(to, `app/blobs/${layer}`)
    await remove(to, `app/manifests/${second!.digest}`)
    const options = { store: broken, root, sources: [good] }
    const seen = await repairImage({ ...options, dryRun: true })
    assert.equal(seen.outcome, 'broken')
    assert.deepEqual(seen.found, [layer, second!.digest].toSorted())
    assert.deepEqual(seen.left, seen.found)
    assert.deepEqual(
      await missingContent(broken, root),
      seen.found.toReversed().toSorted(),
      'nothing was written',
    )
    const report = await repairImage(options)
    assert.equal(report.outcome, 'repaired')
    assert.deepEqual([report.found, report.left], [seen.found, []])
    assert.deepEqual(await missingContent(broken, root), [])
    assert.equal((await repairImage(options)).outcome, 'whole')
  })

  for (const referrersApi of [true, false])
    it(`a referrer that did not come along is brought, ${referrersApi ? 'with' : 'without'} referrers API`, async (t) => {
      const { good, broken, root, referrers } = await twice(t, referrersApi)
      await broken.deleteManifest(referrers[0]!)
      const report = await repairImage({ store: broken, root, sources: [good] })
      assert.deepEqual([report.outcome, report.found], ['repaired', [referrers[0]]])
      assert.deepEqual(
        (await broken.referrers(root)).map(({ digest }) => digest).toSorted(),
        referrers.toSorted(),
      )
    })

  it('a referrer that a lost update dropped is listed again, from the record alone', async (t) => {
    const { broken, root, referrers } = await twice(t, false)
    await broken.deleteTag(root.replace(':', '-'))
    assert.deepEqual(await broken.referrers(root), [])
    const report = await repairImage({ store: broken, root, sources: [], known: referrers })
    assert.deepEqual([report.outcome, report.found], ['repaired', referrers.toSorted()])
    assert.deepEqual(
      (await broken.referrers(root)).map(({ digest }) => digest).toSorted(),
      referrers.toSorted(),
    )
  })

  it('a source that cannot help is named and the next one is tried; what nobody has is left', async (t) => {
    const { to, good, broken, index, root } = await twice(t)
    const layer = await blobOfChild(good, childrenOf(index.manifest)[0]!.digest)
    await remove(to, `app/blobs/${layer}`)
    const empty = repositoryAt(t, await embeddedRegistry(t), 'app')
    const hopeless = await repairImage({ store: broken, root, sources: [] })
    assert.deepEqual([hopeless.outcome, hopeless.left], ['broken', [layer]])
    const report = await repairImage({ store: broken, root, sources: [empty, good] })
    assert.equal(report.outcome, 'repaired')
    assert.deepEqual(
      report.sources.map(({ moved }) => moved),
      [0, 1],
    )
  })
})

describe('test/flow/repair: an application', () => {
  it('what runs is mended from the environment before it, by the command line', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    road.only('dev', 'prod')
    const digest = await road.carry('a', {}, 'dev', 'prod')
    const path = road.repository('prod').split('/').slice(1).join('/')
    const stored = await road.store('prod').manifest(digest)
    const layer = await blobOfChild(road.store('dev'), childrenOf(stored!.manifest)[0]!.digest)
    await remove(road.prod, `${path}/blobs/${layer}`)
    const dry = await road.cli(['repair', APP, '--dry-run', '-o', 'json'])
    assert.equal(dry.code, 1, dry.stderr)
    const seen = JSON.parse(dry.stdout) as {
      outcome: string
      images: { environment: string; found: string[] }[]
    }
    assert.equal(seen.outcome, 'broken')
    assert.deepEqual(
      seen.images.map(({ environment, found }) => [environment, found]),
      [
        ['dev', []],
        ['prod', [layer]],
      ],
    )
    const mended = await road.cli(['repair', APP, '--environment', 'prod'])
    assert.equal(mended.code, 0, mended.stderr)
    assert.match(mended.stdout, /Repaired/)
    assert.match((await road.cli(['repair', APP])).stdout, /Whole[^]*Whole/)
    const one = await road.cli([
      'repair',
      `${road.repository('prod')}@${digest}`,
      '--from',
      road.repository('dev'),
    ])
    assert.equal(one.code, 0, one.stderr)
  })
})
