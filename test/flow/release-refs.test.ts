import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/promotion/index.ts'
import { resolve } from '../../src/registry/index.ts'
import { APP, commitOf, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const release = (seed: string, version = '1.2.0', digits = 7) =>
  `release/v${version}-sha-${commitOf(seed).slice(0, digits)}`

/** Two images in dev; the first one is not what dev holds now. */
async function twoInDev(t: Parameters<typeof openRoad>[0]): Promise<Road> {
  const road = await openRoad(t, { git: false })
  await road.carry('one', {}, 'dev')
  await road.carry('two', {}, 'dev')
  return road
}

describe('waybill promote --ref', () => {
  it('takes the image of the commit, not what is upstream now, and the version of the name', async (t) => {
    const road = await twoInDev(t)
    const done = await road.cli(['promote', APP, '--to', 'staging', '--ref', release('one'), '-o', 'json'])
    assert.equal(done.code, 0, done.stdout)
    const outcome = JSON.parse(done.stdout) as Outcome
    assert.equal(outcome.digest, await road.tag('dev', `git-${commitOf('one').slice(0, 8)}`))
    assert.deepEqual(outcome.tags, ['1.2.0-rc.1'])
    const again = await road.cli(['promote', APP, '--to', 'staging', '--ref', release('one'), '-o', 'json'])
    assert.equal((JSON.parse(again.stdout) as Outcome).outcome, 'already')
  })

  it('reads plan, whole commits, refs/heads and the tag of a candidate alike', async (t) => {
    const road = await twoInDev(t)
    const w = await road.open()
    for (const ref of [
      release('one', '1.2.0', 40),
      `refs/heads/${release('one')}`,
      release('one', '1.2.0-rc.4'),
    ]) {
      const { digest, tags } = await w.plan({ application: APP, to: 'staging', ref })
      assert.equal(digest, await road.tag('dev', `git-${commitOf('one').slice(0, 8)}`))
      assert.deepEqual(tags, ['1.2.0-rc.1'])
    }
  })

  it('finds a build for the first environment', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await road.build('one')
    const outcome = await (await road.open()).promote({ application: APP, to: 'dev', ref: release('one') })
    assert.equal(outcome.digest, digest)
    assert.equal(outcome.outcome, 'promoted')
  })

  it('finds what an upstream environment without commit tags holds by its records', async (t) => {
    const road = await openRoad(t, { git: false, layout: 'separate' })
    const digest = await road.carry('one', {}, 'dev', 'staging')
    const outcome = await (await road.open()).plan({ application: APP, to: 'prod', ref: release('one') })
    assert.equal(outcome.digest, digest)
    assert.deepEqual(outcome.tags, ['1.2.0', '1.2', '1', 'stable'])
  })

  it('refuses a commit that nobody built, and one that several images may be of', async (t) => {
    const road = await twoInDev(t)
    const w = await road.open()
    const missing = w.plan({ application: APP, to: 'staging', ref: 'release/v1.2.0-sha-0000000' })
    await assert.rejects(missing, { code: 'COMMIT_IMAGE_MISSING', exit: 3 })
    const store = road.store('dev')
    const two = await resolve(store, `git-${commitOf('two').slice(0, 8)}`)
    await store.putTag(`git-${commitOf('one').slice(0, 8)}-234`, two)
    const several = w.plan({ application: APP, to: 'staging', ref: release('one') })
    await assert.rejects(several, { code: 'COMMIT_IMAGE_AMBIGUOUS', message: /-234/ })
  })

  it('refuses an image whose provenance names another commit, however it is tagged', async (t) => {
    const road = await twoInDev(t)
    const store = road.store('dev')
    const two = await resolve(store, `git-${commitOf('two').slice(0, 8)}`)
    await store.putTag('git-0000000f', two)
    const w = await road.open()
    const moved = w.promote({ application: APP, to: 'staging', ref: 'release/v1.2.0-sha-0000000f' })
    await assert.rejects(moved, { code: 'COMMIT_MISMATCH', exit: 3 })
    const named = w.promote({
      application: APP,
      to: 'staging',
      image: two.descriptor.digest,
      ref: release('one'),
    })
    await assert.rejects(named, { code: 'COMMIT_MISMATCH' })
    assert.deepEqual(await road.chain('staging'), [])
  })

  it('refuses an image without provenance', async (t) => {
    const road = await openRoad(t, { git: false })
    road.change('dev', { gates: [] })
    await road.build('one', { provenance: false })
    const plan = (await road.open()).plan({ application: APP, to: 'dev', ref: release('one') })
    await assert.rejects(plan, { code: 'COMMIT_MISMATCH', message: /nothing signed/ })
  })

  it('takes the branch or tag of a CI job for "ci", with its commit', async (t) => {
    const road = await twoInDev(t)
    const job = { GITLAB_CI: 'true', CI_COMMIT_TAG: 'v1.2.0', CI_COMMIT_SHA: commitOf('one') }
    const done = await road.cli(['plan', APP, '--to', 'staging', '--ref', 'ci', '-o', 'json'], job)
    assert.equal(done.code, 0, done.stdout)
    assert.deepEqual((JSON.parse(done.stdout) as Outcome).tags, ['1.2.0-rc.1'])
    const outside = await road.cli(['plan', APP, '--to', 'staging', '--ref', 'ci', '-o', 'json'])
    assert.equal(outside.code, 2)
    assert.match(outside.stdout, /REF_UNCLEAR/)
  })

  it('asks git for the commit of a plain tag, and says when nobody knows', async (t) => {
    const road = await twoInDev(t)
    const git = (...words: string[]) =>
      execFileSync('git', words, { cwd: road.directory, stdio: 'pipe' }).toString().trim()
    git('init', '-q', '.')
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x')
    git('tag', 'v1.2.0')
    const w = await road.open()
    const ask = (ref: string) => w.plan({ application: APP, to: 'staging', ref })
    const commit = git('rev-parse', 'HEAD')
    await assert.rejects(ask('v1.2.0'), { code: 'COMMIT_IMAGE_MISSING', message: new RegExp(commit) })
    await assert.rejects(ask('feature/x'), { code: 'REF_UNCLEAR', exit: 2 })
    await assert.rejects(ask('--help'), { code: 'REF_UNCLEAR' })
  })
})

describe('waybill release --ref', () => {
  it('releases the candidate of the version that a tag names', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await road.carry('one', { version: '1.2.0' }, 'dev', 'staging')
    const job = {
      TF_BUILD: 'True',
      BUILD_SOURCEBRANCH: 'refs/tags/v1.2.0',
      BUILD_SOURCEVERSION: 'f'.repeat(40),
    }
    const done = await road.cli(['release', APP, '--ref', 'ci', '-o', 'json'], job)
    assert.equal(done.code, 0, done.stdout)
    assert.equal((JSON.parse(done.stdout) as Outcome).digest, digest)
    const wrong = await road.cli(['release', APP, '--ref', release('two'), '-o', 'json'])
    assert.equal(wrong.code, 3)
    assert.match(wrong.stdout, /COMMIT_MISMATCH/)
    const none = await road.cli(['release', APP, '-o', 'json'])
    assert.equal(none.code, 2)
    const line = await road.cli(['release', APP, '--ref', 'release/1.2', '-o', 'json'])
    assert.match(line.stdout, /REF_UNCLEAR/)
  })
})
