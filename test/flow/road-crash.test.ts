import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { serveGit } from '../support/git.ts'
import type { LabRegistry } from '../support/registries.ts'
import { APP, finished, imageTag, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const isWrite = ({ method }: IncomingRequest) => method !== 'GET' && method !== 'HEAD'

/** The n-th writing request, from 0, is never carried out, or carried out and its answer lost. */
interface Crash {
  readonly at: number
  readonly when: 'before' | 'after'
}

/** Promotes until the crash: from then on this process sends nothing and hears nothing. True when it crashed. */
async function crash(road: Road, lab: LabRegistry, { at, when }: Crash, to: string, image?: string) {
  const death = new AbortController()
  const answered = lab.requests.length
  let [started, writes] = [0, 0]
  lab.fault = (request): Fault | undefined => {
    started++
    if (!isWrite(request) || writes++ < at) return undefined
    // The abort comes a moment later, so that the request itself gets here whole.
    setTimeout(() => death.abort(), 0)
    return when === 'before' ? { status: 503, body: '' } : { truncateAt: 0 }
  }
  const w = await road.open(undefined, death.signal)
  const promotion = w.promote({ application: APP, to, ...(image && { image }) })
  const died = await promotion.then(
    () => false,
    () => true,
  )
  // What was on the wire when the process died takes effect before the next one starts.
  for (let waits = 0; lab.requests.length - answered < started && waits < 200; waits++) await sleep(5)
  lab.fault = undefined
  await w.close()
  return died
}

/** The one end state, whatever happened before. */
async function checkEnd(
  road: Road,
  environment: string,
  digest: Digest,
  tags: readonly string[],
  length: number,
) {
  const chain = await road.chain(environment)
  assert.equal(chain.length, length)
  assert.equal(chain[0]?.digest, digest)
  assert.deepEqual(await road.recordsOn(digest, environment), [chain[0]?.record])
  for (const tag of tags) assert.equal(await road.tag(environment, tag), digest, tag)
  const w = await road.open()
  const verified = await w.verify({ reference: `${road.repository(environment)}@${digest}` })
  assert.equal(verified.result, 'pass', JSON.stringify(verified.checks))
  assert.ok(
    verified.evidence.some(({ name, summary }) => name === 'pass' && summary === `${environment}: PASSED`),
  )
}

describe('a crash at any point, then the same command again', () => {
  it('in one repository: every write of a promotion, lost before and after it took effect', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    let crashes = 0
    for (let at = 0, more = true; more; at++) {
      assert.ok(at < 12, 'a promotion in place has fewer than 12 writes')
      for (const when of ['before', 'after'] as const) {
        const seed = `in place ${at} ${when}`
        const digest = await road.build(seed)
        more = await crash(road, road.nonprod, { at, when }, 'dev', imageTag(seed))
        crashes += Number(more)
        road.later(1)
        const again = await (
          await road.open()
        ).promote({ application: APP, to: 'dev', image: imageTag(seed) })
        // The last write is the pass mark: when that took effect, nothing was left to do.
        assert.ok(['promoted', 'already'].includes(again.outcome), `${at} ${when}: ${again.outcome}`)
        if (!more) assert.equal(again.outcome, 'already')
        await checkEnd(road, 'dev', digest, [imageTag(seed), 'dev'], at * 2 + (when === 'before' ? 1 : 2))
      }
    }
    assert.ok(crashes >= 12, `only ${crashes} crashes happened`)
  })

  // The registry without the referrers API has more to write: the fallback tags.
  it('between registries: copy midway, copied, recorded, tagged', async (t) => {
    const road = await openRoad(t, {
      git: false,
      layout: 'separate',
      registry: 'embedded without referrers API',
    })
    road.only('dev', 'prod')
    const w = await road.open()
    const points = [0, 9, 17, 20, 22, 24]
    for (const [index, at] of points.entries()) {
      const version = `1.${at}.0`
      const digest = await road.build(version, { version })
      await w.promote({ application: APP, to: 'dev', image: imageTag(version) })
      const when = index % 2 ? 'after' : 'before'
      assert.ok(await crash(road, road.prod, { at, when }, 'prod'), `no write ${at}`)
      road.later(1)
      const again = await w.promote({ application: APP, to: 'prod' })
      assert.equal(again.outcome, 'promoted')
      await checkEnd(road, 'prod', digest, [version, `1.${at}`, '1', 'stable'], index + 1)
    }
  })

  it('at every step of the road, with git: one commit', async (t) => {
    const road = await openRoad(t)
    road.only('dev')
    const points = ['record done', 'tag done', 'deliver done', 'prove done']
    for (const [index, point] of points.entries()) {
      const digest = await road.build(point)
      const dying = await road.open((step) => {
        if (step.kind === 'step' && `${step.step} ${step.state}` === point) throw new Error('the power went')
      })
      const image = imageTag(point)
      await assert.rejects(dying.promote({ application: APP, to: 'dev', image }), /the power went/)
      road.later(1)
      const again = await (await road.open()).promote({ application: APP, to: 'dev', image })
      assert.equal(again.outcome, point === 'prove done' ? 'already' : 'promoted', point)
      await checkEnd(road, 'dev', digest, [image, 'dev'], index + 1)
      assert.equal(road.commits().length, index + 1, point)
      assert.equal(road.inGit('dev'), digest)
    }
  })

  it('a push that landed without an answer is found again', async (t) => {
    const road = await openRoad(t)
    road.only('dev')
    const server = await serveGit(road.gitops, { cutAnswer: (push) => push === 1 })
    t.after(() => server.close())
    const path = 'environments/dev/{application}'
    road.change('dev', { deliver: [{ kustomize: { repository: server.url, path } }] })
    const digest = await road.build('cut')
    const outcome = await (await road.open()).promote({ application: APP, to: 'dev', image: imageTag('cut') })
    assert.equal(outcome.outcome, 'promoted')
    assert.equal(road.commits().length, 1)
    assert.equal(outcome.delivery?.[0]?.commit, road.gitops.head())
    await checkEnd(road, 'dev', digest, ['dev'], 1)
  })

  it('run again with another version: the half-made record gives way, nothing is left of it', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    road.change('dev', { tags: ['{version}-rc.{n}'] })
    const digest = await road.build('typo')
    const dying = await road.open((step) => {
      if (step.kind === 'step' && step.step === 'record' && step.state === 'done') throw new Error('gone')
    })
    const image = imageTag('typo')
    await assert.rejects(dying.promote({ application: APP, to: 'dev', image, version: '2.0.0' }), /gone/)
    road.later(1)
    const w = await road.open()
    const again = await w.promote({ application: APP, to: 'dev', image, version: '1.2.0' })
    assert.deepEqual([again.outcome, again.tags], ['promoted', ['1.2.0-rc.1']])
    assert.equal((await road.chain('dev'))[0]?.version, '1.2.0')
    await checkEnd(road, 'dev', digest, ['1.2.0-rc.1'], 1)
  })
})

describe('kill -9 of the command line', () => {
  const moments: Readonly<Record<string, (request: IncomingRequest) => boolean>> = {
    'when the head moves': ({ method, path }) =>
      method === 'PUT' && path.endsWith('/manifests/promotions.dev'),
    'when it looks at the head again, after the push to git': () => false,
  }
  for (const [moment, isMoment] of Object.entries(moments)) {
    it(moment, async (t) => {
      const road = await openRoad(t)
      road.only('dev')
      const digest = await road.build('killed')
      const words = ['promote', APP, '--to', 'dev', '--image', imageTag('killed'), '-o', 'json']
      const child = road.startCli(words)
      road.nonprod.fault = (request) => {
        if (isMoment(request) || (road.commits().length > 0 && request.path.includes('promotions.dev')))
          child.kill('SIGKILL')
        return undefined
      }
      const dead = await finished(child)
      assert.equal(dead.signal, 'SIGKILL', dead.stderr)
      road.nonprod.fault = undefined
      const again = await road.cli(words)
      assert.equal(again.code, 0, again.stderr + again.stdout)
      const outcome = JSON.parse(again.stdout) as { kind: string; outcome: string; sequence: number }
      assert.deepEqual([outcome.kind, outcome.outcome, outcome.sequence], ['promotion', 'promoted', 1])
      await checkEnd(road, 'dev', digest, [imageTag('killed'), 'dev'], 1)
      assert.equal(road.commits().length, 1)
    })
  }
})
