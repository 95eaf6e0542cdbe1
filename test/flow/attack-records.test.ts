import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PromotionRecord } from '../../src/attestation/index.ts'
import {
  digestOf,
  emptyConfig,
  hexOf,
  manifestBytes,
  mediaTypes,
  parseRepository,
} from '../../src/oci/index.ts'
import type { Descriptor, Digest } from '../../src/oci/index.ts'
import { attachArtifact, copyClosure } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { storedManifest } from '../support/images.ts'
import { APP, imageTag, openRoad, recordIn } from '../support/road.ts'
import { requestCount } from '../support/registries.ts'
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
    road.change('dev', { prove: [] })
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
    const before = await requestCount(road.nonprod)
    for (const name of ['../../v2', 'a?b', 'a#b', '..', `sha256:${'0'.repeat(63)}`]) {
      const refused = { code: 'REFERENCE_INVALID' }
      await assert.rejects(store.putTag(name, root), refused)
      await assert.rejects(store.putTag(name, root, 'absent'), refused)
      await assert.rejects(store.head(name), refused)
      await assert.rejects(store.manifest(name), refused)
      await assert.rejects(store.deleteTag(name), refused)
    }
    assert.equal(await requestCount(road.nonprod), before)
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

describe('an image that never was upstream', () => {
  it('named by hand: refused even where no gate asks, and nothing is written', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'staging', 'prod')
    road.change('staging', { gates: [] })
    const known = await road.carry('one', {}, 'dev')
    await road.build('two')
    const refused = await road.promote('staging', { image: imageTag('two') })
    assert.equal(refused.outcome, 'refused')
    assert.deepEqual(
      refused.verdict.gates.map(({ gate, result }) => [gate, result]),
      [
        ['after', 'fail'],
        ['hold', 'pass'],
        ['quarantine', 'pass'],
      ],
    )
    assert.equal(await road.tag('staging', 'promotions.staging'), undefined)

    road.change('prod', { gates: [] })
    await assert.rejects(road.promote('prod', { from: 'dev' }), { code: 'UPSTREAM_UNKNOWN' })
    const empty = await road.promote('prod', { image: known })
    assert.equal(empty.outcome, 'refused')

    const other = await road.carry('three', {}, 'dev')
    const earlier = await road.promote('staging', { image: known })
    assert.deepEqual([earlier.outcome, earlier.digest, earlier.from], ['promoted', known, 'dev'])
    assert.notEqual(other, known)
  })

  it('is found in any of several environments that it may come from', async (t) => {
    const road = await openRoad(t, { git: false })
    const { dev, staging, prod } = road.config.environments
    const tags = ['{version}-eu']
    road.config.environments = {
      dev: { ...dev },
      eu: { ...staging, after: 'dev', tags, gates: [] },
      us: { ...staging, after: 'dev', tags: ['{version}-us'], gates: [] },
      prod: { ...prod, after: { any: ['eu', 'us'] }, gates: [], tags: [] },
    }
    road.write()
    await road.carry('one', { version: '1.0.0' }, 'dev', 'eu')
    const digest = await road.carry('two', { version: '2.0.0' }, 'dev', 'us')
    const outcome = await road.promote('prod', { image: digest })
    assert.deepEqual([outcome.outcome, outcome.digest, outcome.from], ['promoted', digest, 'us'])

    road.change('prod', { after: ['eu', 'us'] })
    const third = await road.carry('three', { version: '3.0.0' }, 'dev', 'us')
    const half = await road.promote('prod', { image: third })
    assert.equal(half.outcome, 'refused')
    assert.match(half.verdict.gates[0]?.reason ?? '', /never promoted into eu, which prod comes after/)
    assert.equal((await road.promote('eu', { image: third })).outcome, 'promoted')
    assert.equal((await road.promote('prod')).outcome, 'promoted')
  })
})

describe('signatures kept by tag', () => {
  it('are not replaced by the same payloads with another signature beside them', async (t) => {
    const road = await openRoad(t, { git: false })
    const source = road.store('dev')
    const digest = await road.build('one')
    const destination = road.client.repository({
      ...parseRepository(road.repository('dev')),
      name: 'prod/app',
    })
    const payload = Buffer.from('{"critical":{}}')
    const junk = Buffer.from('{"critical":{"junk":1}}')
    const layer = (bytes: Buffer, signature: string) => ({
      descriptor: { mediaType: mediaTypes.cosignSimpleSigning, size: bytes.length, digest: digestOf(bytes) },
      bytes,
      signature,
    })
    const tag = `sha256-${hexOf(digest)}.sig`
    const put = async (store: ImageStore, layers: readonly ReturnType<typeof layer>[]) => {
      const stored = await attachArtifact(store, {
        mediaType: mediaTypes.ociManifest,
        blobs: [emptyConfig, ...layers],
        manifest: manifestBytes({
          schemaVersion: 2,
          mediaType: mediaTypes.ociManifest,
          config: emptyConfig.descriptor,
          layers: layers.map(({ descriptor, signature }) => ({
            ...descriptor,
            annotations: { 'dev.cosignproject.cosign/signature': signature },
          })),
        }),
      })
      await store.putTag(tag, stored)
      return stored.descriptor.digest
    }
    const good = await put(destination, [layer(payload, 'good')])
    await put(source, [layer(payload, 'bad'), layer(junk, 'bad')])
    await copyClosure({ source, destination, root: digest })
    assert.equal((await destination.head(tag))?.digest, good)
    const more = await put(source, [layer(payload, 'good'), layer(junk, 'more')])
    await copyClosure({ source, destination, root: digest })
    assert.equal((await destination.head(tag))?.digest, more)
  })
})
