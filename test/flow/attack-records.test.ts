import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PromotionRecord } from '../../src/attestation/index.ts'
import { hexOf, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor, Digest } from '../../src/oci/index.ts'
import { copyClosure } from '../../src/registry/index.ts'
import { storedManifest } from '../support/images.ts'
import { APP, imageTag, openRoad, recordIn } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const TAG = 'promotions.dev'

/** The record of a digest's one promotion into dev, and what it says. */
async function recordOf(road: Road, digest: Digest) {
  const [record] = await road.recordsOn(digest, 'dev')
  const predicate = record && (await recordIn(road.store('dev'), record))
  if (!record || !predicate) throw new Error(`no record on ${digest}`)
  return { record, predicate }
}

/** Points the chain's tag at a record signed just now by the promotion key. */
async function forge(road: Road, digest: Digest, predicate: PromotionRecord) {
  const store = road.store('dev')
  await store.deleteTag(TAG)
  await store.putTag(TAG, await road.say(store, digest, 'promotion', predicate, 'promotion'))
}

/** Says that these referrers belong to a digest, as whoever may push tags can. */
async function lieAboutReferrers(road: Road, digest: Digest, manifests: readonly Descriptor[]) {
  const list = storedManifest({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })
  const store = road.store('dev')
  await store.putManifest(list)
  await store.putTag(`sha256-${hexOf(digest)}`, list)
}

describe('an attacker with push rights and no key', () => {
  it('lists a leftover record of another image on this one: it is not taken over', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const stale = await road.carry('stale', {}, 'dev')
    const { record } = await recordOf(road, stale)
    const store = road.store('dev')
    const leftover = await store.head(record)
    assert.ok(leftover)
    await store.deleteTag(TAG)

    const digest = await road.build('wanted')
    await lieAboutReferrers(road, digest, [leftover])
    const outcome = await road.promote('dev', { image: imageTag('wanted') })
    assert.equal(outcome.outcome, 'promoted')
    assert.notEqual(outcome.record, record)
    assert.equal((await road.chain('dev'))[0]?.digest, digest)
    assert.equal(await road.tag('dev', 'dev'), digest)
  })

  it('brings the record of another repository, image and all: it moves nothing here', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.carry('elsewhere', {}, 'dev')
    const source = road.store('dev')
    const head = await source.manifest(TAG)
    assert.ok(head)

    road.change('dev', { repository: `${road.nonprod.address}/mine/{application}` })
    const destination = road.store('dev')
    await copyClosure({ source, destination, root: digest })
    assert.equal((await road.chain('dev')).length, 0)
    await destination.putTag(TAG, head)
    await assert.rejects(road.chain('dev'), {
      code: 'RECORD_INVALID',
      message: new RegExp(`is about the repository ${road.nonprod.address}/${APP}\\.$`),
    })
    await assert.rejects(road.promote('dev', { image: digest }), { code: 'RECORD_INVALID' })
  })

  it('blocks the counter of release candidates with a huge number: it is nobody’s count', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    road.change('dev', { tags: ['{version}-rc.{n}'] })
    const digest = await road.build('one')
    const store = road.store('dev')
    const root = await store.manifest(digest)
    assert.ok(root)
    await store.putTag('1.0.0-rc.9007199254740993', root)
    const other = await road.build('two')
    const outcome = await road.promote('dev', { image: imageTag('two') })
    assert.deepEqual([outcome.outcome, outcome.digest], ['promoted', other])
    assert.deepEqual(outcome.tags, ['1.0.0-rc.1'])
  })

  it('cannot have a request sent past the repository by a name that is neither tag nor digest', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await road.build('one')
    const store = road.store('dev')
    const root = await store.manifest(digest)
    assert.ok(root)
    const before = road.nonprod.requests.length
    for (const name of ['../../v2', 'a?b', 'a#b', '..', `sha256:${'0'.repeat(63)}`]) {
      const refused = { code: 'REFERENCE_INVALID' }
      await assert.rejects(store.putTag(name, root), refused)
      await assert.rejects(store.putTag(name, root, 'absent'), refused)
      await assert.rejects(store.head(name), refused)
      await assert.rejects(store.manifest(name), refused)
      await assert.rejects(store.deleteTag(name), refused)
    }
    assert.equal(road.nonprod.requests.length, before)
  })

  for (const commit of ['latest', '1.4.0', '../../v2', 'ABCDEF01']) {
    it(`calls "${commit}" a commit in an annotation: no tag of that name appears`, async (t) => {
      const road = await openRoad(t, { git: false })
      road.only('dev')
      road.change('dev', { tags: ['{commit}'], gates: [] })
      const digest = await road.build('one', { provenance: false })
      const store = road.store('dev')
      const image = await store.manifest(digest)
      const original = JSON.parse(image?.bytes.toString('utf8') ?? '') as Record<string, unknown>
      const annotations = { 'org.opencontainers.image.revision': commit }
      const evil = storedManifest({ ...original, annotations })
      await store.putManifest(evil)
      await assert.rejects(road.promote('dev', { image: evil.descriptor.digest }), { code: 'COMMIT_UNKNOWN' })
      assert.equal(await road.tag('dev', TAG), undefined)
    })
  }
})

describe('a record signed by the promotion key', () => {
  it('with a sequence no number can hold, or with one that is no count: no head', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.carry('one', {}, 'dev')
    const { predicate, record } = await recordOf(road, digest)
    const previous = { record, payload: record }
    for (const sequence of ['99999999999999999999', '9'.repeat(400), '1e3', '0x2', '01']) {
      await forge(road, digest, { ...predicate, sequence, previous })
      await assert.rejects(road.chain('dev'), { code: 'RECORD_INVALID' }, sequence)
    }
  })

  it('for another application, another environment or another image: no head', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.carry('one', {}, 'dev')
    const other = await road.build('two')
    const { predicate } = await recordOf(road, digest)
    const lies = [
      { application: 'billing' },
      { environment: 'prod' },
      { image: { ...predicate.image, digest: other } },
    ]
    for (const lie of lies) {
      await forge(road, digest, { ...predicate, ...lie })
      await assert.rejects(road.chain('dev'), { code: 'RECORD_INVALID' }, JSON.stringify(lie))
    }
  })

  it('by a key that may speak for another environment only: no head', async (t) => {
    const only = (id: string, environments: readonly string[]) => (signers: { id: string }[]) => {
      for (const signer of signers) if (signer.id === id) Object.assign(signer, { environments })
    }
    const road = await openRoad(t, { git: false, trust: only('promoter', ['staging']) })
    road.only('dev')
    const digest = await road.build('one')
    await assert.rejects(road.promote('dev', { image: imageTag('one') }), { code: 'SIGNER_UNTRUSTED' })
    assert.deepEqual(await road.recordsOn(digest, 'dev'), [])
  })
})

describe('a pass mark', () => {
  it('of the same environment in another repository is not this one’s word', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    road.change('dev', { prove: [] })
    const digest = await road.carry('one', {}, 'dev')
    const passed = async () => {
      const { applications } = await (await road.open()).status({})
      return applications[0]?.environments[0]?.passed
    }
    const mark = (resourceUri: string) => ({
      verifier: { id: 'https://waybill.dev/environments/dev/v1' },
      timeVerified: '2025-03-03T09:00:00Z',
      resourceUri,
      policy: {},
      verificationResult: 'PASSED',
      verifiedLevels: ['PROMOTION_ENV_DEV_PASSED'],
    })
    await road.say(road.store('dev'), digest, 'pass', mark('registry.example.com/elsewhere'), 'pass')
    assert.equal(await passed(), false)
    await road.say(road.store('dev'), digest, 'pass', mark(road.repository('dev')), 'pass')
    assert.equal(await passed(), true)
  })
})
