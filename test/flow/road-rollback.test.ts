import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { RollbackCommand } from '../../src/promotion/index.ts'
import { APP, imageTag, openRoad, variableOf } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const back = async (road: Road, command: Partial<RollbackCommand> = {}) =>
  (await road.open()).rollback({ application: APP, environment: 'dev', ...command })

/** Somebody who may lets a digest in again that was rolled away from. */
async function admit(road: Road, image: string) {
  const w = await road.open()
  const key = `env://${variableOf('ops')}`
  const { outcome } = await w.hold({
    application: APP,
    environment: 'dev',
    word: 'admit',
    image,
    reason: 'mended',
    key,
  })
  assert.equal(outcome, 'written')
}

async function threeInDev(t: { after(fn: () => void): void }, git = false) {
  const road = await openRoad(t, { git })
  road.only('dev')
  const a = await road.carry('a', { version: '1.0.0' }, 'dev')
  const b = await road.carry('b', { version: '1.1.0' }, 'dev')
  const c = await road.carry('c', { version: '1.2.0' }, 'dev')
  return { road, a, b, c }
}

describe('rollback', () => {
  it('goes to the newest earlier digest that passed, never to one it left, and forward again', async (t) => {
    const { road, a, b, c } = await threeInDev(t)
    const first = await back(road, { reason: 'errors after c' })
    assert.deepEqual(
      [first.outcome, first.action, first.digest, first.previousDigest],
      ['promoted', 'rollback', b, c],
    )
    const [record] = await road.chain('dev')
    assert.deepEqual([record?.kind, record?.reason, record?.sequence], ['rollback', 'errors after c', 4])
    const second = await back(road)
    assert.equal(second.digest, a)
    await assert.rejects(back(road), (error: Error & { code?: string; exit?: number }) => {
      assert.deepEqual([error.code, error.exit], ['NO_ROLLBACK_TARGET', 3])
      return true
    })
    road.later(1)
    const barred = await road.promote('dev', { image: c })
    assert.equal(barred.outcome, 'refused')
    const quarantine = barred.verdict.gates.find(({ gate }) => gate === 'quarantine')
    assert.match(quarantine?.reason ?? '', /^Rolled away from by record 4 on .*"errors after c"/)
    await admit(road, c)
    const forward = await road.promote('dev', { image: c })
    assert.deepEqual([forward.outcome, forward.sequence], ['promoted', 6])
    assert.equal((await back(road)).digest, a)
  })

  it('two digests do not oscillate', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const a = await road.carry('a', {}, 'dev')
    await road.carry('b', {}, 'dev')
    assert.equal((await back(road)).digest, a)
    await assert.rejects(back(road), { code: 'NO_ROLLBACK_TARGET' })
    assert.equal((await road.chain('dev')).length, 3)
  })

  it('skips what failed or never passed; --to takes it by hand', async (t) => {
    const { road, a, b, c } = await threeInDev(t)
    road.later(1)
    // b turned out to be bad after all.
    await back(road, { to: b })
    road.later(1)
    const w = await road.open()
    const failed = await w.pass({ application: APP, environment: 'dev', failed: true })
    assert.equal(failed.outcome, 'attached')
    road.later(1)
    await admit(road, c)
    assert.equal((await road.promote('dev', { image: c })).outcome, 'promoted')
    assert.equal((await back(road, { dryRun: true })).digest, a)
    const status = (await w.status({})).applications[0]?.environments[0]
    assert.deepEqual(status?.rollback?.digest, a)
    const forced = await back(road, { to: b })
    assert.equal(forced.digest, b)
    assert.match(forced.verdict.gates[0]?.reason ?? '', /named by hand/)
  })

  it('--to a tag, an older digest, the present one, and one that was never there', async (t) => {
    const { road, a, c } = await threeInDev(t)
    const stranger = await road.build('never promoted')
    await assert.rejects(back(road, { to: stranger }), { code: 'NO_ROLLBACK_TARGET' })
    await assert.rejects(back(road, { to: 'no-such-tag' }), { code: 'MANIFEST_MISSING' })
    assert.equal((await back(road, { to: c })).outcome, 'already')
    assert.equal((await road.chain('dev')).length, 3)
    const byTag = await back(road, { to: imageTag('a') })
    assert.deepEqual([byTag.outcome, byTag.digest], ['promoted', a])
  })

  it('a target that is gone from the registry is passed over, and named when nothing is left', async (t) => {
    const { road, a, b } = await threeInDev(t)
    const store = road.store('dev')
    const index = await store.manifest(b)
    const child = index?.manifest.kind === 'index' ? index.manifest.manifests[0] : undefined
    assert.ok(child)
    await store.deleteManifest(child.digest)
    assert.equal((await back(road, { dryRun: true })).digest, a)
    await store.deleteManifest(a)
    await assert.rejects(back(road), (error: Error & { code?: string; exit?: number }) => {
      assert.deepEqual([error.code, error.exit], ['NO_ROLLBACK_TARGET', 3])
      assert.match(error.message, /no longer complete/)
      assert.ok(
        error.message.includes(b.slice(7, 15)) && error.message.includes(a.slice(7, 15)),
        error.message,
      )
      return true
    })
    assert.equal((await road.chain('dev')).length, 3)
  })

  it('nothing there yet, and nothing before', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    await assert.rejects(back(road), { code: 'NOTHING_PROMOTED', exit: 3 })
    await road.carry('a', {}, 'dev')
    await assert.rejects(back(road), { code: 'NO_ROLLBACK_TARGET', exit: 3 })
  })
})

describe('an interrupted rollback', () => {
  for (const point of ['record done', 'tag done', 'deliver done', 'prove start']) {
    it(`after ${point} is finished, not followed by another one`, async (t) => {
      const { road, b } = await threeInDev(t, point === 'tag done')
      const dying = await road.open((step) => {
        if (step.kind === 'step' && `${step.step} ${step.state}` === point) throw new Error('gone')
      })
      await assert.rejects(dying.rollback({ application: APP, environment: 'dev' }), /gone/)
      road.later(1)
      const again = await back(road)
      assert.deepEqual([again.outcome, again.digest], ['promoted', b])
      const chain = await road.chain('dev')
      assert.deepEqual([chain.length, chain[0]?.kind, chain[0]?.digest], [4, 'rollback', b])
      assert.equal((await road.recordsOn(b, 'dev')).length, 2)
      assert.equal(await road.tag('dev', 'dev'), b)
      if (point === 'tag done') assert.deepEqual([road.inGit('dev'), road.commits().length], [b, 4])
    })
  }

  it('gives way to a promotion of the same digest, and the other way round', async (t) => {
    const { road, b } = await threeInDev(t)
    const half = async () =>
      road.open((step) => {
        if (step.kind === 'step' && step.step === 'record' && step.state === 'done') throw new Error('gone')
      })
    await assert.rejects((await half()).rollback({ application: APP, environment: 'dev' }), /gone/)
    road.later(1)
    const forward = await road.promote('dev', { image: b })
    assert.deepEqual([forward.outcome, forward.sequence], ['promoted', 4])
    assert.equal((await road.recordsOn(b, 'dev')).length, 2)
    const verified = await (await road.open()).verify({ reference: b, application: APP })
    assert.equal(verified.result, 'pass', JSON.stringify(verified.checks))

    const c = await road.tag('dev', imageTag('c'))
    assert.ok(c)
    await assert.rejects((await half()).promote({ application: APP, to: 'dev', image: c }), /gone/)
    road.later(1)
    const rolled = await back(road, { to: c })
    assert.deepEqual([rolled.outcome, rolled.sequence], ['promoted', 5])
    assert.equal((await road.recordsOn(c, 'dev')).length, 2)
  })
})
