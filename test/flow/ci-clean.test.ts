import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { APP, imageTag, openRoad } from '../support/road.ts'
import type { RegistryKind } from '../support/road.ts'
import { noDockerRegistry } from '../support/registries.ts'
import { bundle, clean, everythingOf, leftOf, name, preview } from '../support/previews.ts'

const KINDS: readonly RegistryKind[] = ['embedded', 'embedded without referrers API', 'docker-registry']

for (const registry of KINDS)
  describe(
    `waybill ci clean, ${registry}`,
    { skip: registry === 'docker-registry' ? noDockerRegistry : false },
    () => {
      it('deletes every build of one pull request, with all that hangs on it, and nothing else', async (t) => {
        const road = await openRoad(t, { git: false, registry })
        const old = await preview(road, 'old', 101)
        const mine = await preview(road, 'mine', 101)
        const other = await preview(road, 'other', 102)
        const pushed = await road.carry('pushed', {}, 'dev')
        const going = [...(await everythingOf(road, old)), ...(await everythingOf(road, mine))]
        const staying = [...(await everythingOf(road, other)), ...(await everythingOf(road, pushed))]
        assert.equal(going.length, 2 * (1 + 2 + 3), 'index, platforms, facts')

        const planned = await clean(road, '--pull-request', '101', '--dry-run')
        assert.equal(planned.code, 0, planned.stderr)
        assert.equal(planned.answer.outcome, 'planned')
        assert.deepEqual(await leftOf(road, going), going)

        const done = await clean(road, '--pull-request', '101')
        assert.equal(done.answer.outcome, 'cleaned', done.stdout)
        const planAs = planned.answer.images.map((image) => ({ ...image, outcome: 'deleted' }))
        assert.deepEqual(done.answer.images, planAs)
        assert.deepEqual(await leftOf(road, going), [])
        assert.deepEqual(await leftOf(road, staying), staying)
        const tags = await road.store('dev').tags()
        assert.ok(
          !tags.some((tag) => tag === 'pr-101' || tag === imageTag('mine') || tag === imageTag('old')),
        )
        for (const digest of [old, mine]) assert.ok(!tags.includes(digest.replace(':', '-')))
        assert.ok(tags.includes('pr-102'))

        const again = await clean(road, '--pull-request', '101')
        assert.equal(again.answer.outcome, 'already')
        assert.deepEqual(again.answer.images, [])
      })

      it('keeps what was promoted, and takes the name of the pull request off it', async (t) => {
        const road = await openRoad(t, { git: false, registry })
        road.change('dev', { gates: [] })
        const digest = await preview(road, 'one', 101)
        await road.promote('dev', { image: imageTag('one') })
        const all = await everythingOf(road, digest)
        const { answer, stderr } = await clean(road, '--pull-request', '101')
        const [image] = answer.images
        assert.equal(image?.outcome, 'kept')
        assert.equal(image?.reason, 'it was promoted')
        assert.deepEqual(await leftOf(road, all), all)
        assert.equal(await road.tag('dev', 'dev'), digest)
        // docker-registry deletes no tags; that is told.
        const untagged = (await road.tag('dev', 'pr-101')) === undefined
        assert.equal(untagged, registry !== 'docker-registry')
        assert.deepEqual(image?.tags, untagged ? ['pr-101'] : [])
        assert.equal(/warning TAG_STAYS: pr-101 stays/.test(stderr), !untagged)
      })
    },
  )

describe('waybill ci clean, what stays', () => {
  it('what another tag names, what a kept index lists, and its parts', async (t) => {
    const road = await openRoad(t, { git: false })
    const tagged = await preview(road, 'tagged', 101)
    await name(road, 'customer-demo', tagged)
    const listed = await preview(road, 'listed', 101)
    await bundle(road, 'suite', [listed])
    const shared = await preview(road, 'shared', 101)
    const [, platform] = await everythingOf(road, shared)
    assert.ok(platform)
    await bundle(road, 'arm-only', [platform])
    const { answer } = await clean(road, '--pull-request', '101')
    const reasons = Object.fromEntries(
      answer.images.map(({ digest, outcome, reason }) => [digest, reason ?? outcome]),
    )
    assert.deepEqual(reasons, {
      [tagged]: 'it is also customer-demo',
      [listed]: 'something that stays holds it',
      [shared]: 'deleted',
    })
    assert.equal((await leftOf(road, await everythingOf(road, tagged))).length, 6)
    assert.equal((await leftOf(road, await everythingOf(road, listed))).length, 6)
    assert.deepEqual(await leftOf(road, [shared, platform]), [platform])
  })

  it('what nothing trusted, something else, or several pull requests say they built', async (t) => {
    const road = await openRoad(t, { git: false })
    const unsigned = await preview(road, 'unsigned', 101, { provenance: false })
    const stranger = await preview(road, 'stranger', 101, { provenance: 'stranger' })
    const release = await road.build('release')
    const elsewhere = await preview(road, 'elsewhere', 102)
    for (const [at, digest] of [unsigned, stranger, release].entries()) {
      await name(road, 'pr-101', digest)
      const { answer } = await clean(road, '--pull-request', '101')
      assert.equal(answer.outcome, 'already')
      assert.deepEqual(
        answer.images.map((image) => [image.digest, image.reason]),
        [[digest, at < 2 ? 'nothing trusted says that a pull request built it' : 'it was built by a push']],
      )
    }
    // The tag says 101, the provenance 102.
    await name(road, 'pr-101', elsewhere)
    assert.deepEqual((await clean(road, '--pull-request', '101')).answer.images, [])
    assert.equal((await leftOf(road, [unsigned, stranger, release, elsewhere])).length, 4)
  })

  it('what was promoted in an environment that waybill.yaml no longer names', async (t) => {
    const road = await openRoad(t, { git: false })
    road.change('dev', { gates: [], tags: [] })
    const digest = await preview(road, 'one', 101)
    await road.promote('dev', { image: imageTag('one') })
    const { dev, ...rest } = road.config.environments
    road.config.environments = {
      ...rest,
      first: { ...dev },
      staging: { ...rest.staging, after: 'first', gates: [] },
    }
    road.write()
    const { answer, stdout } = await clean(road, '--pull-request', '101')
    assert.equal(answer.images[0]?.reason, 'it was promoted', stdout)
    assert.ok(await road.client.repository({ registry: road.nonprod.address, name: APP }).head(digest))
  })

  it('an image that somebody names as a signature of the one that goes', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await preview(road, 'one', 101)
    const release = await road.build('release')
    await name(road, `${digest.replace(':', '-')}.sig`, release)
    const { answer } = await clean(road, '--pull-request', '101')
    assert.equal(answer.images[0]?.outcome, 'deleted')
    assert.deepEqual(await leftOf(road, [digest, release]), [release])
  })

  it('everything, when a chain of promotions cannot be read', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await preview(road, 'one', 101)
    await name(road, 'promotions.staging', await road.build('no record'))
    const { code, stdout } = await clean(road, '--pull-request', '101')
    assert.equal(code, 3, stdout)
    assert.match(stdout, /RECORD_/)
    assert.equal((await leftOf(road, await everythingOf(road, digest))).length, 6)
  })
})

describe('waybill ci clean, what is asked for', () => {
  for (const words of [
    [],
    ['--pull-request', ''],
    ['--pull-request', '0'],
    ['--pull-request', '../101'],
    ['--pull-request', '101;pr-102'],
    ['--pull-request', '\u001b[31m1'],
    ['--older-than', 'soon'],
    ['--older-than', '-14d'],
    ['--older-than', '99999999999999999d'],
  ])
    it(`refuses ${JSON.stringify(words)}`, async (t) => {
      const road = await openRoad(t, { git: false })
      const digest = await preview(road, 'one', 101)
      const { code, stdout, stderr } = await road.cli(['ci', 'clean', APP, ...words])
      assert.equal(code, 2, stdout)
      assert.ok(!`${stdout}${stderr}`.includes('\u001b[31m1'))
      assert.equal((await leftOf(road, await everythingOf(road, digest))).length, 6)
    })
})
