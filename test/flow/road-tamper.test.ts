import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, emptyConfig, manifestBytes, mediaTypes } from '../../src/oci/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { attachArtifact, readBlob, resolve } from '../../src/registry/index.ts'
import type { StoredManifest } from '../../src/registry/index.ts'
import { APP, imageTag, openRoad, recordIn } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const HEAD = 'promotions.dev'

async function twoInDev(t: { after(fn: () => void): void }) {
  const road = await openRoad(t, { git: false })
  road.only('dev', 'prod')
  const a = await road.carry('a', {}, 'dev')
  const b = await road.carry('b', {}, 'dev')
  return { road, a, b, next: await road.build('next') }
}

/** A referrer of a digest with one layer of these bytes, as a bundle would be. */
function attachBytes(road: Road, subject: StoredManifest, bytes: Buffer, predicateType?: string) {
  const type = mediaTypes.sigstoreBundle
  const layer = { mediaType: type, digest: digestOf(bytes), size: bytes.length }
  const { mediaType, digest, size } = subject.descriptor
  return attachArtifact(road.store('dev'), {
    mediaType: mediaTypes.ociManifest,
    blobs: [emptyConfig, { descriptor: layer, bytes }],
    manifest: manifestBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: type,
      config: emptyConfig.descriptor,
      layers: [layer],
      ...(predicateType && { annotations: { 'dev.sigstore.bundle.predicateType': predicateType } }),
      subject: { mediaType, digest, size },
    }),
  })
}

/** The head's record with another digest written into its signed payload. */
async function alteredRecord(road: Road, from: Digest, to: Digest): Promise<StoredManifest> {
  const store = road.store('dev')
  const head = await resolve(store, HEAD)
  assert.ok(head.manifest.kind === 'manifest' && head.manifest.layers[0])
  const bundle = JSON.parse((await readBlob(store, head.manifest.layers[0], 1e7)).toString('utf8'))
  const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8')
  const altered = payload.replaceAll(from.slice(7), to.slice(7))
  assert.notEqual(altered, payload)
  bundle.dsseEnvelope.payload = Buffer.from(altered).toString('base64')
  return attachBytes(road, await resolve(store, to), Buffer.from(JSON.stringify(bundle)))
}

describe('a head that is not a record', () => {
  it('altered payload, tag moved: RECORD_INVALID, exit 3, in every question and every write', async (t) => {
    const { road, a, b } = await twoInDev(t)
    const altered = await alteredRecord(road, b, a)
    await road.store('dev').putTag(HEAD, altered)
    const w = await road.open()
    const invalid = { code: 'RECORD_INVALID', exit: 3 }
    await assert.rejects(w.promote({ application: APP, to: 'dev', image: imageTag('next') }), invalid)
    await assert.rejects(w.plan({ application: APP, to: 'prod' }), invalid)
    await assert.rejects(w.rollback({ application: APP, environment: 'dev' }), invalid)
    await assert.rejects(w.pass({ application: APP, environment: 'dev' }), invalid)
    await assert.rejects(w.history({ application: APP, environment: 'dev' }), invalid)
    await assert.rejects(w.trace({ query: a }), invalid)
    const [dev, prod] = (await w.status({})).applications[0]?.environments ?? []
    assert.equal(dev?.problem?.code, 'RECORD_INVALID')
    // Nothing is wrong in prod; it only has no candidate.
    assert.deepEqual([prod?.problem, prod?.candidate], [undefined, undefined])
    const verified = await w.verify({ reference: b })
    assert.equal(verified.result, 'fail')
    assert.ok(verified.checks.some((check) => check.code === 'RECORD_INVALID'))
    const cli = await road.cli(['history', APP, 'dev', '-o', 'json'])
    assert.equal(cli.code, 3)
    const error = JSON.parse(cli.stdout) as { kind: string; code: string; where: string; next: string }
    assert.deepEqual([error.kind, error.code], ['error', 'RECORD_INVALID'])
    assert.ok(error.where.includes(altered.descriptor.digest) && error.next.length > 20)
  })

  it('an image, a record of another place, a record of a stranger, junk: all RECORD_INVALID', async (t) => {
    const { road, a, b } = await twoInDev(t)
    const store = road.store('dev')
    const w = await road.open()
    const read = () => w.history({ application: APP, environment: 'dev' })
    const sound = await resolve(store, HEAD)
    const predicate = await recordIn(store, sound.descriptor.digest)
    assert.ok(predicate)
    const image = await resolve(store, a)
    const heads: Record<string, StoredManifest> = {
      'an image': image,
      'a platform of one': await resolve(
        store,
        image.manifest.kind === 'index' ? (image.manifest.manifests[0]?.digest ?? a) : a,
      ),
      'prod’s record': await road.say(
        store,
        b,
        'promotion',
        { ...predicate, environment: 'prod' },
        'promotion',
      ),
      'a stranger’s': await road.say(store, b, 'promotion', predicate, 'stranger'),
      'the tester’s': await road.say(store, b, 'promotion', predicate, 'tests'),
      'about another image than it hangs on': await road.say(store, a, 'promotion', predicate, 'promotion'),
      'half a record': await road.say(
        store,
        b,
        'promotion',
        { application: APP, environment: 'dev' },
        'promotion',
      ),
      'no JSON': await attachBytes(road, image, Buffer.from('{"mediaType":')),
      'eleven megabytes': await attachBytes(road, image, Buffer.alloc(11 * 1024 * 1024, 0x20)),
    }
    for (const [name, head] of Object.entries(heads)) {
      await store.putTag(HEAD, head)
      await assert.rejects(read(), { code: 'RECORD_INVALID', exit: 3 }, name)
    }
    await store.putTag(HEAD, sound)
    assert.equal((await read()).promotions.length, 2)
  })
})

describe('a chain that was cut or moved', () => {
  it('moved back to an older valid record: verify tells, and the digest that carries the newer one stays out', async (t) => {
    const { road, b } = await twoInDev(t)
    const store = road.store('dev')
    const [, first] = await road.chain('dev')
    assert.ok(first)
    await store.putTag(HEAD, await resolve(store, first.record))
    const w = await road.open()
    const verified = await w.verify({ reference: b })
    assert.equal(verified.result, 'fail')
    assert.deepEqual(
      verified.checks.filter((check) => check.result === 'fail').map((check) => check.code),
      ['RECORD_CHAIN_FORKED'],
    )
    const cli = await road.cli(['verify', b, '--application', APP])
    assert.equal(cli.code, 3, cli.stdout + cli.stderr)
    // The very next record is indistinguishable from an interrupted run, which a re-run finishes.
    assert.equal((await road.promote('dev', { image: b })).sequence, 2)
    assert.equal((await w.verify({ reference: b })).result, 'pass')
  })

  it('moved back by two: promoting a digest with a later record refuses', async (t) => {
    const { road, next } = await twoInDev(t)
    await road.promote('dev', { image: imageTag('next') })
    const store = road.store('dev')
    const first = (await road.chain('dev')).at(-1)
    assert.ok(first)
    await store.putTag(HEAD, await resolve(store, first.record))
    const forked = { code: 'RECORD_CHAIN_FORKED', exit: 3 }
    await assert.rejects(road.promote('dev', { image: imageTag('next') }), forked)
    assert.equal((await road.recordsOn(next, 'dev')).length, 1)
    assert.equal(await road.tag('dev', HEAD), first.record)
  })

  it('the head is gone: a digest with a later record refuses to begin a new chain', async (t) => {
    const { road, b } = await twoInDev(t)
    await road.store('dev').deleteTag(HEAD)
    await assert.rejects(road.promote('dev', { image: b }), { code: 'RECORD_CHAIN_FORKED', exit: 3 })
    const verified = await (await road.open()).verify({ reference: b })
    assert.equal(verified.result, 'fail')
  })

  it('a predecessor is gone: RECORD_CHAIN_BROKEN for all who need it', async (t) => {
    const { road, b } = await twoInDev(t)
    const [, first] = await road.chain('dev')
    assert.ok(first)
    await road.store('dev').deleteManifest(first.record)
    const w = await road.open()
    const broken = { code: 'RECORD_CHAIN_BROKEN', exit: 3 }
    await assert.rejects(w.history({ application: APP, environment: 'dev' }), broken)
    await assert.rejects(w.promote({ application: APP, to: 'dev', image: imageTag('next') }), broken)
    await assert.rejects(w.rollback({ application: APP, environment: 'dev' }), broken)
    const [dev] = (await w.status({})).applications[0]?.environments ?? []
    assert.equal(dev?.problem?.code, 'RECORD_CHAIN_BROKEN')
    const verified = await w.verify({ reference: b })
    assert.ok(verified.checks.some((check) => check.code === 'RECORD_CHAIN_BROKEN'))
    assert.equal(verified.result, 'fail')
  })
})

describe('junk beside the evidence', () => {
  it('blocks no promotion, in place or to another registry', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    road.only('dev', 'prod')
    const digest = await road.build('one')
    const image = await resolve(road.store('dev'), digest)
    const promotion = 'https://waybill.dev/promotion/v1'
    await attachBytes(road, image, Buffer.from('not JSON at all'))
    await attachBytes(
      road,
      image,
      Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}'),
    )
    await attachBytes(road, image, Buffer.from('{}'), promotion)
    await attachBytes(road, image, Buffer.alloc(11 * 1024 * 1024, 0x20), promotion)
    await road.say(road.store('dev'), digest, 'promotion', { application: APP }, 'stranger')
    await road.say(road.store('dev'), digest, 'provenance', { nonsense: true }, 'stranger')
    await road.say(road.store('dev'), digest, 'signature', {}, 'promotion')
    const first = await road.promote('dev', { image: imageTag('one') })
    assert.equal(first.outcome, 'promoted', JSON.stringify(first.verdict))
    const second = await road.promote('prod')
    assert.equal(second.outcome, 'promoted', JSON.stringify(second.verdict))
    assert.equal((await road.promote('prod')).outcome, 'already')
    const verified = await (await road.open()).verify({ reference: digest })
    const states = verified.checks.filter((check) => check.what.endsWith(' statement'))
    assert.ok(states.length >= 7, JSON.stringify(states))
  })

  it('a referrer whose blob is missing stays behind and blocks nothing', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    road.only('dev', 'prod')
    const digest = await road.build('one')
    const junk = await attachBytes(road, await resolve(road.store('dev'), digest), Buffer.from('soon gone'))
    assert.ok(junk.manifest.kind === 'manifest' && junk.manifest.layers[0])
    const gone = junk.manifest.layers[0].digest
    road.nonprod.fault = ({ path }) => (path.endsWith(gone) ? { status: 404, body: '' } : undefined)
    assert.equal((await road.promote('dev', { image: imageTag('one') })).outcome, 'promoted')
    const warnings: string[] = []
    const w = await road.open((step) => void (step.kind === 'warning' && warnings.push(step.code)))
    assert.equal((await w.promote({ application: APP, to: 'prod' })).outcome, 'promoted')
    assert.deepEqual(warnings, ['BLOB_MISSING'])
    assert.equal(await road.store('prod').head(junk.descriptor.digest), undefined)
  })
})
