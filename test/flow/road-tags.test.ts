import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Digest } from '../../src/oci/index.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const RELEASE = ['1.3', '1.4', '1', 'stable']

/** Which digest each tag of prod names, by the name the test gave it. */
async function prodTags(
  road: Road,
  names: Readonly<Record<string, Digest>>,
): Promise<Record<string, string>> {
  const byDigest = new Map(Object.entries(names).map(([name, digest]) => [digest, name]))
  const found = await Promise.all(
    RELEASE.map(async (tag) => [tag, byDigest.get((await road.tag('prod', tag)) ?? ('' as Digest)) ?? '-']),
  )
  return Object.fromEntries(found) as Record<string, string>
}

describe('release tags', () => {
  it('move forward only: 1.3.6 after 1.4.0 moves 1.3; a pre-release moves none; a rollback moves none', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    const first = await road.carry('1.3.5', { version: '1.3.5' }, 'dev', 'prod')
    assert.deepEqual(await prodTags(road, { first }), {
      '1.3': 'first',
      1.4: '-',
      1: 'first',
      stable: 'first',
    })
    const minor = await road.carry('1.4.0', { version: '1.4.0' }, 'dev', 'prod')
    assert.deepEqual(await prodTags(road, { first, minor }), {
      '1.3': 'first',
      1.4: 'minor',
      1: 'minor',
      stable: 'minor',
    })
    const patch = await road.build('1.3.6', { version: '1.3.6' })
    await road.promote('dev', { image: imageTag('1.3.6') })
    const outcome = await road.promote('prod')
    assert.deepEqual(
      [outcome.tags, outcome.keptTags],
      [
        ['1.3.6', '1.3'],
        ['1', 'stable'],
      ],
    )
    const expected = { '1.3': 'patch', 1.4: 'minor', 1: 'minor', stable: 'minor' }
    assert.deepEqual(await prodTags(road, { first, minor, patch }), expected)

    const beta = await road.build('1.5.0-beta.1', { version: '1.5.0-beta.1' })
    await road.promote('dev', { image: imageTag('1.5.0-beta.1') })
    const early = await road.promote('prod')
    assert.deepEqual([early.outcome, early.tags], ['promoted', ['1.5.0-beta.1']])
    assert.deepEqual(early.keptTags, ['1.5', '1', 'stable'])
    assert.equal(await road.tag('prod', '1.5.0-beta.1'), beta)
    assert.equal(await road.tag('prod', '1.5'), undefined)

    road.later(1)
    const w = await road.open()
    const back = await w.rollback({ application: APP, environment: 'prod' })
    assert.deepEqual([back.outcome, back.digest, back.tags], ['promoted', patch, []])
    assert.deepEqual(await prodTags(road, { first, minor, patch }), expected)
    assert.equal(await road.tag('prod', '1.5.0-beta.1'), beta)
    assert.equal((await w.promote({ application: APP, to: 'prod', image: patch })).outcome, 'already')
    assert.deepEqual(await prodTags(road, { first, minor, patch }), expected)
    // Nothing is out of order after a rollback: version tags may be ahead.
    const prod = (await w.status({})).applications[0]?.environments.find((one) => one.environment === 'prod')
    assert.deepEqual([prod?.drift, prod?.digest], [[], patch])
  })

  it('a full version names one digest for ever: exit 3, nothing written', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    const first = await road.carry('one', { version: '1.4.0' }, 'dev', 'prod')
    const second = await road.carry('two', { version: '1.4.0' }, 'dev')
    await assert.rejects(road.promote('prod'), { code: 'IMMUTABLE_TAG_CONFLICT', exit: 3 })
    await assert.rejects(road.promote('prod', { dryRun: true }), { code: 'IMMUTABLE_TAG_CONFLICT' })
    assert.deepEqual(await road.recordsOn(second, 'prod'), [])
    assert.equal(await road.tag('prod', '1.4.0'), first)
    const renamed = await road.promote('prod', { version: '1.4.1' })
    assert.deepEqual([renamed.outcome, renamed.version], ['promoted', '1.4.1'])
    assert.equal(await road.tag('prod', '1'), second)
  })

  it('a version that is none, and one that nobody gave', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    await road.carry('one', { version: 'v1.4' }, 'dev')
    await assert.rejects(road.promote('prod'), { code: 'VERSION_INVALID', exit: 2 })
    for (const version of ['1.4', 'v1.4.0', '01.2.3', '1.4.0+build', ''])
      await assert.rejects(road.promote('prod', { version }), { code: 'VERSION_INVALID', exit: 2 }, version)
    assert.equal((await road.promote('prod', { version: '1.4.0' })).outcome, 'promoted')
  })
})

describe('release candidates', () => {
  it('count up per version; the same digest keeps its number; release takes the newest by version', async (t) => {
    const road = await openRoad(t, { git: false })
    const first = await road.carry('one', { version: '1.4.0' }, 'dev', 'staging')
    assert.equal(await road.tag('staging', '1.4.0-rc.1'), first)
    const second = await road.carry('two', { version: '1.4.0' }, 'dev', 'staging')
    assert.equal(await road.tag('staging', '1.4.0-rc.2'), second)
    const other = await road.carry('three', { version: '1.4.1' }, 'dev', 'staging')
    assert.equal(await road.tag('staging', '1.4.1-rc.1'), other)

    const w = await road.open()
    // Named by hand, it has its own version, not that of what is upstream now.
    const back = await w.promote({ application: APP, to: 'staging', image: first })
    assert.deepEqual([back.outcome, back.tags, back.sequence], ['promoted', ['1.4.0-rc.1'], 4])
    road.later(1)
    const again = await w.promote({ application: APP, to: 'staging', image: second })
    assert.deepEqual([again.tags, again.sequence], [['1.4.0-rc.2'], 5])
    assert.equal(await road.tag('staging', '1.4.0-rc.3'), undefined)

    const released = await w.release({ application: APP, version: '1.4.0' })
    assert.deepEqual([released.outcome, released.action, released.digest], ['promoted', 'release', second])
    assert.deepEqual(released.tags, ['1.4.0', '1.4', '1', 'stable'])
    const later = await w.release({ application: APP, version: '1.4.1' })
    assert.deepEqual([later.digest, later.to, later.version], [other, 'prod', '1.4.1'])
    await assert.rejects(w.release({ application: APP, version: '1.5.0' }), {
      code: 'RELEASE_CANDIDATE_MISSING',
    })
  })

  it('ten and more: numbers, not text', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    road.change('dev', { tags: ['{version}-rc.{n}'] })
    const store = road.store('dev')
    for (const n of [2, 9, 10]) {
      const stored = await store.manifest(await road.build(`n${n}`))
      assert.ok(stored)
      await store.putTag(`1.0.0-rc.${n}`, stored)
    }
    await road.build('next')
    assert.deepEqual((await road.promote('dev', { image: imageTag('next') })).tags, ['1.0.0-rc.11'])
    assert.deepEqual((await road.promote('dev', { image: imageTag('n9') })).tags, ['1.0.0-rc.9'])
  })
})

describe('words that follow the environment', () => {
  it('`dev` goes back with a rollback; git-… stays', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const a = await road.carry('a', {}, 'dev')
    const b = await road.carry('b', {}, 'dev')
    assert.equal(await road.tag('dev', 'dev'), b)
    const back = await (await road.open()).rollback({ application: APP, environment: 'dev' })
    assert.deepEqual([back.digest, back.tags], [a, ['dev']])
    assert.equal(await road.tag('dev', 'dev'), a)
    assert.equal(await road.tag('dev', imageTag('b')), b)
  })

  it('somebody moved `dev` by hand: told as drift, put right by the same promotion', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const a = await road.carry('a', {}, 'dev')
    const b = await road.carry('b', {}, 'dev')
    const old = await road.store('dev').manifest(a)
    assert.ok(old)
    await road.store('dev').putTag('dev', old)
    const w = await road.open()
    const [row] = (await w.status({})).applications[0]?.environments ?? []
    assert.deepEqual(row?.drift, [{ place: 'tag', what: 'tag dev', found: a, expected: b }])
    assert.equal((await road.promote('dev', { image: b })).outcome, 'promoted')
    assert.equal(await road.tag('dev', 'dev'), b)
    assert.equal((await road.chain('dev')).length, 2)
  })
})
