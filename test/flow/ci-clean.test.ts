import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CleanAnswer } from '../../src/retention/index.ts'
import { childrenOf } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { resolve } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { openBuiltRoad } from '../support/built-road.ts'
import { APP, commitOf } from '../support/road.ts'
import type { RegistryKind } from '../support/road.ts'

const pull = (number: string) =>
  ({ event: 'pull-request', pullRequest: number, ref: `refs/pull/${number}/merge` }) as const
const push = { event: 'push', ref: 'refs/heads/dev' } as const

/** An image with everything that hangs on it and its parts. */
async function closureOf(store: ImageStore, root: Digest): Promise<readonly Digest[]> {
  const parts = [root, ...childrenOf((await resolve(store, root)).manifest).map(({ digest }) => digest)]
  const referrers = await Promise.all(parts.map((part) => store.referrers(part)))
  return [...parts, ...referrers.flat().map(({ digest }) => digest)]
}

async function present(store: ImageStore, digests: readonly Digest[]): Promise<number> {
  const found = await Promise.all(digests.map((digest) => store.head(digest)))
  return found.filter(Boolean).length
}

const own = (tags: readonly string[]) =>
  tags.filter((tag) => !/^(?:sha256-|promotions\.)/.test(tag)).toSorted()

const kinds: readonly RegistryKind[] = ['embedded', 'embedded without referrers API', 'docker-registry']

for (const registry of kinds)
  describe(`waybill ci clean, ${registry}`, () => {
    it('takes all builds of a closed pull request away, with what hangs on them, and nothing else', async (t) => {
      const { road, make } = await openBuiltRoad(
        t,
        { platforms: ['linux/amd64', 'linux/arm64'] },
        { registry },
      )
      const first = await make('one', pull('101'))
      const second = await make('two', pull('101'))
      const other = await make('three', pull('102'))
      const dev = await make('four', push)
      road.change('dev', { gates: [{ provenance: { event: 'push', branches: ['dev'] } }] })
      assert.equal((await road.promote('dev', { image: dev.digest })).outcome, 'promoted')
      const store = road.store('dev')
      const gone = [...(await closureOf(store, first.digest)), ...(await closureOf(store, second.digest))]
      const kept = [...(await closureOf(store, other.digest)), ...(await closureOf(store, dev.digest))]
      assert.equal(await present(store, gone), gone.length)

      const words = ['ci', 'clean', APP, '--pull-request', '101', '-o', 'json']
      const dry = JSON.parse((await road.cli([...words, '--dry-run'])).stdout) as CleanAnswer
      assert.equal(dry.outcome, 'planned')
      assert.deepEqual(
        new Set(dry.images.map(({ digest }) => digest)),
        new Set([first.digest, second.digest]),
      )
      assert.equal(await present(store, gone), gone.length, 'a dry run deletes nothing')

      const done = await road.cli(words)
      assert.equal(done.code, 0, done.stdout)
      const answer = JSON.parse(done.stdout) as CleanAnswer
      assert.equal(answer.outcome, 'cleaned')
      assert.equal(
        answer.images.reduce((sum, { manifests }) => sum + manifests, 0),
        gone.length,
      )
      assert.equal(await present(store, gone), 0)
      assert.equal(await present(store, kept), kept.length)
      const left = await store.tags()
      assert.deepEqual(own(left), [...new Set([...other.tags, ...dev.tags, 'dev'])].toSorted())
      const lists = left.filter((tag) => gone.some((digest) => tag === digest.replace(':', '-')))
      assert.deepEqual(lists, [], 'lists of referrers went too')

      const again = JSON.parse((await road.cli(words)).stdout) as CleanAnswer
      assert.deepEqual([again.outcome, again.images], ['already', []])
    })
  })

describe('waybill ci clean, what stays', () => {
  it('an image that has another name loses only its tag of the pull request', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const built = await make('one', pull('101'))
    const store = road.store('dev')
    await store.putTag('keep', await resolve(store, built.digest))
    const w = await road.open()
    const { images } = await w.clean({ application: APP, pullRequest: '101' })
    assert.deepEqual(images, [
      {
        digest: built.digest,
        pullRequest: '101',
        reason: 'it is also keep',
        outcome: 'kept',
        tags: ['pr-101'],
        manifests: 0,
      },
    ])
    assert.deepEqual(new Set(own(await store.tags())), new Set([built.tags[0], 'keep']))
    assert.equal((await w.clean({ application: APP, pullRequest: '101' })).outcome, 'already')
  })

  it('an image that was promoted, wherever its record is', async (t) => {
    const { road, make } = await openBuiltRoad(t, {}, { layout: 'separate' })
    const built = await make('one', pull('101'))
    road.change('dev', { gates: [] })
    assert.equal((await road.promote('dev', { image: built.digest })).outcome, 'promoted')
    // The environment is renamed: its chain is still in the repository.
    const { dev, staging, prod } = road.config.environments
    road.config.environments = {
      integration: { ...dev },
      staging: { ...staging, after: 'integration', gates: [] },
      prod: { ...prod },
    }
    road.config.applications = { [APP]: { ...road.config.applications[APP] } }
    road.write()
    const { images } = await (await road.open()).clean({ application: APP, pullRequest: '101' })
    assert.deepEqual(
      images.map(({ outcome, reason }) => [outcome, reason]),
      [['kept', 'it was promoted']],
    )
    assert.equal((await road.store('integration').head(built.digest))?.digest, built.digest)
  })

  it('an image whose provenance is of a push, or not to be trusted, whatever it is called', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const pushed = await make('one', push)
    const store = road.store('dev')
    await store.putTag('pr-101', await resolve(store, pushed.digest))
    const unknown = await road.build('two', { provenance: 'stranger' })
    await store.putTag('pr-102', await resolve(store, unknown))
    const w = await road.open()
    const one = await w.clean({ application: APP, pullRequest: '101' })
    assert.deepEqual([one.outcome, one.images[0]?.reason], ['already', 'it was built by a push'])
    const two = await w.clean({ application: APP, pullRequest: '102' })
    assert.match(two.images[0]?.reason ?? '', /nothing trusted/)
    assert.deepEqual(
      new Set(own(await store.tags())),
      new Set([pushed.tags[0], `git-${commitOf('two').slice(0, 8)}`, 'pr-101', 'pr-102']),
    )
  })

  it('an image that is built by both', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const one = await make('one', pull('101'))
    const same = await make('one', push)
    assert.equal(same.digest, one.digest)
    const { images } = await (await road.open()).clean({ application: APP, pullRequest: '101' })
    assert.deepEqual(
      images.map(({ outcome }) => outcome),
      ['kept'],
    )
    assert.equal((await road.store('dev').head(one.digest))?.digest, one.digest)
  })

  it('a platform that another image lists too, with what hangs on it', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const built = await make('one', pull('101'))
    const store = road.store('dev')
    const index = await resolve(store, built.digest)
    const [child] = childrenOf(index.manifest)
    assert.ok(child)
    await store.putTag('single', await resolve(store, child.digest))
    await (await road.open()).clean({ application: APP, pullRequest: '101' })
    assert.equal(await store.head(built.digest), undefined)
    assert.equal((await store.head('single'))?.digest, child.digest)
  })

  it('everything, when a chain of promotions cannot be read', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const built = await make('one', pull('101'))
    const store = road.store('dev')
    await store.putTag('promotions.old', await resolve(store, built.digest))
    const w = await road.open()
    await assert.rejects(w.clean({ application: APP, pullRequest: '101' }), { code: 'RECORD_INVALID' })
    assert.equal((await store.head('pr-101'))?.digest, built.digest)
  })
})

describe('waybill ci clean, age and trouble', () => {
  it('takes what is older than asked for, of whatever pull request', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const old = await make('one', pull('101'))
    road.later(10 * 24 * 60)
    const young = await make('two', pull('102'))
    road.later(5 * 24 * 60)
    const w = await road.open()
    const { images } = await w.clean({ application: APP, olderThan: '14d' })
    assert.deepEqual(
      images.map(({ digest, outcome }) => [digest, outcome]),
      [[old.digest, 'deleted']],
    )
    assert.deepEqual(own(await road.store('dev').tags()), [...young.tags].toSorted())
  })

  it('says when the registry deletes nothing, and has deleted nothing', async (t) => {
    const { road, make } = await openBuiltRoad(t)
    const built = await make('one', pull('101'))
    const all = await closureOf(road.store('dev'), built.digest)
    road.nonprod.fault = ({ method }) => (method === 'DELETE' ? { status: 405 } : undefined)
    const done = await road.cli(['ci', 'clean', APP, '--pull-request', '101', '-o', 'json'])
    assert.equal(done.code, 1)
    assert.match(done.stdout, /DELETE_UNSUPPORTED/)
    assert.equal(await present(road.store('dev'), all), all.length)
  })

  it('finishes what an interrupted run began, wherever it stopped', async (t) => {
    for (let stopAfter = 0; ; stopAfter++) {
      const { road, make } = await openBuiltRoad(t)
      const built = await make('one', pull('101'))
      const store = road.store('dev')
      const all = await closureOf(store, built.digest)
      let deleted = 0
      road.nonprod.fault = ({ method }) =>
        method === 'DELETE' && deleted++ >= stopAfter ? { status: 403 } : undefined
      const first = await (
        await road.open()
      )
        .clean({ application: APP, pullRequest: '101' })
        .catch((error: unknown) => error)
      road.nonprod.fault = undefined
      const { outcome } = await (await road.open()).clean({ application: APP, pullRequest: '101' })
      const isWhole = !(first instanceof Error)
      if (isWhole) assert.equal(outcome, 'already')
      const left = await present(store, all)
      // Once the image itself is gone nothing names its provenance any more.
      assert.ok(
        left === 0 || (left === 1 && !(await store.head(built.digest))),
        `${left} left after ${stopAfter}`,
      )
      assert.deepEqual(own(await store.tags()), [])
      if (isWhole) break
      assert.ok(stopAfter < 50)
    }
  })

  it('wants to know which', async (t) => {
    const { road } = await openBuiltRoad(t)
    const w = await road.open()
    for (const command of [{}, { olderThan: 'old' }, { pullRequest: '../1' }])
      await assert.rejects(w.clean({ application: APP, ...command }), { code: 'CLEAN_UNCLEAR', exit: 2 })
  })
})
