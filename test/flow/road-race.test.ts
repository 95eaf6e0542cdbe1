import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WaybillError } from '../../src/base/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { Outcome } from '../../src/promotion/index.ts'
import { throughProxy } from '../support/proxy.ts'
import type { ProxiedRegistry } from '../support/proxy.ts'
import { noDockerRegistry } from '../support/registries.ts'
import type { Cleanup, LabRegistry } from '../support/registries.ts'
import { imageTag, openRoad, startRegistry } from '../support/road.ts'
import type { Road } from '../support/road.ts'

interface World {
  readonly road: Road
  readonly lab: ProxiedRegistry
  /** Behind the proxy: where faults are injected. */
  readonly inner: LabRegistry
}

async function world(t: Cleanup, conditions: boolean, git = true): Promise<World> {
  const inner = await startRegistry(t, 'embedded')
  const lab = await throughProxy(t, inner, { conditions })
  const road = await openRoad(t, { lab, git })
  road.only('dev')
  return { road, lab, inner }
}

interface Point {
  readonly method: string
  readonly path: RegExp
}

const HEAD_MOVES: Point = { method: 'PUT', path: /manifests\/promotions\.dev$/ }
const HEAD_READ_LAST: Point = { method: 'HEAD', path: /manifests\/promotions\.dev$/ }
const TAG_MOVES: Point = { method: 'PUT', path: /manifests\/dev$/ }

interface Gate {
  readonly arrived: Promise<void>
  readonly open: () => void
}

/** Holds the next request like that, after so many were let through, until the gate is opened. Several may be set. */
function gateAt(lab: ProxiedRegistry, point: Point, letThrough = 0): Gate {
  const arrived = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const others = lab.hold
  let left = letThrough
  lab.hold = (request) => {
    if (left < 0 || request.method !== point.method || !point.path.test(request.path))
      return others?.(request)
    if (left-- > 0) return undefined
    arrived.resolve()
    return release.promise
  }
  return { arrived: arrived.promise, open: () => release.resolve() }
}

/** Runs `first` until it is about to send that request, then `second` to its end, then lets `first` go on. */
async function overtake<A, B>(
  lab: ProxiedRegistry,
  point: Point,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<readonly [PromiseSettledResult<A>, PromiseSettledResult<B>]> {
  const arrived = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  let waiting = true
  lab.hold = ({ method, path }) => {
    if (!waiting || method !== point.method || !point.path.test(path)) return undefined
    waiting = false
    arrived.resolve()
    return release.promise
  }
  const slow = Promise.allSettled([first()])
  await Promise.race([arrived.promise, slow])
  assert.equal(waiting, false, 'the first promoter never came to that point')
  const [fast] = await Promise.allSettled([second()])
  release.resolve()
  const [late] = await slow
  lab.hold = undefined
  return [late, fast]
}

const promote = (road: Road, seed: string) => road.promote('dev', { image: imageTag(seed) })

function codeOf(result: PromiseSettledResult<Outcome>): string {
  if (result.status === 'fulfilled') return result.value.outcome
  assert.ok(result.reason instanceof WaybillError, String(result.reason))
  return result.reason.code
}

/** Whoever won: one chain without strays, and tags and git agree with its head. */
async function checkPeace(road: Road, digests: readonly Digest[], git = true): Promise<Digest> {
  const chain = await road.chain('dev')
  const [head] = chain
  assert.ok(head)
  const inChain = new Set(chain.map((entry) => entry.record))
  for (const digest of digests) {
    for (const record of await road.recordsOn(digest, 'dev'))
      assert.ok(inChain.has(record), `a record of ${digest} is not in the chain`)
    const verified = await (await road.open()).verify({ reference: digest, application: 'ordersvc' })
    assert.equal(verified.result, 'pass', JSON.stringify(verified.checks))
  }
  assert.equal(await road.tag('dev', 'dev'), head.digest)
  if (git) assert.equal(road.inGit('dev'), head.digest)
  return head.digest
}

for (const conditions of [true, false]) {
  describe(`two promoters, a registry that ${conditions ? 'honours' : 'ignores'} If-Match`, () => {
    it('another digest finishes while ours is about to name the image: ours stops', async (t) => {
      const { road, lab } = await world(t, conditions)
      const [a, b] = [await road.build('a'), await road.build('b')]
      const point = conditions ? TAG_MOVES : { method: 'PUT', path: /manifests\/sha256:/ }
      const [late, fast] = await overtake(
        lab,
        point,
        () => promote(road, 'a'),
        () => promote(road, 'b'),
      )
      assert.equal(codeOf(fast), 'promoted')
      assert.match(codeOf(late), /^(TAG|PROMOTION)_CONFLICT$/)
      assert.equal(await checkPeace(road, [a, b]), b)
      const again = await promote(road, 'a')
      assert.deepEqual([again.outcome, again.sequence], ['promoted', 2])
      assert.equal(await checkPeace(road, [a, b]), a)
    })

    it('the same digest: both end well, one record', async (t) => {
      const { road, lab } = await world(t, conditions)
      const a = await road.build('a')
      for (const [index, point] of [HEAD_MOVES, TAG_MOVES].entries()) {
        const digest = index === 0 ? a : await road.build('next')
        const run = () => promote(road, index === 0 ? 'a' : 'next')
        const [late, fast] = await overtake(lab, point, run, run)
        assert.deepEqual([codeOf(fast), ['promoted', 'already'].includes(codeOf(late))], ['promoted', true])
        assert.equal(await checkPeace(road, [digest]), digest)
        assert.equal((await road.recordsOn(digest, 'dev')).length, 1)
        assert.equal((await road.chain('dev')).length, index + 1)
        assert.equal(road.commits().length, index + 1)
      }
    })

    it('a promoter that shares our record is overtaken by a third: nobody removes what is in the chain', async (t) => {
      const { road, lab } = await world(t, conditions)
      const [a, b] = [await road.build('a'), await road.build('b')]
      const both = async () => {
        const first = await promote(road, 'a')
        const second = await promote(road, 'b')
        return [first.outcome, second.outcome]
      }
      const [late, fast] = await overtake(lab, HEAD_READ_LAST, () => promote(road, 'a'), both)
      assert.equal(fast.status, 'fulfilled', String(fast.status === 'rejected' && fast.reason))
      assert.ok(
        ['promoted', 'already', 'TAG_CONFLICT', 'PROMOTION_CONFLICT'].includes(codeOf(late)),
        codeOf(late),
      )
      assert.equal((await road.chain('dev')).length, 2)
      assert.equal(await checkPeace(road, [a, b]), b)
    })
  })
}

describe('two promoters, different digests, at the very last moment', () => {
  it('If-Match honoured: the slower one stops, its tags go back to the winner', async (t) => {
    const { road, lab } = await world(t, true)
    const [a, b] = [await road.build('a'), await road.build('b')]
    const [late, fast] = await overtake(
      lab,
      HEAD_MOVES,
      () => promote(road, 'a'),
      () => promote(road, 'b'),
    )
    assert.deepEqual([codeOf(late), codeOf(fast)], ['PROMOTION_CONFLICT', 'promoted'])
    assert.equal(await checkPeace(road, [a, b]), b)
    assert.equal(road.commits().length, 1)
  })

  it('a registry that lets nobody delete: the conflict is told all the same, and verify names what stayed', async (t) => {
    const { road, lab, inner } = await world(t, true, false)
    const [a, b] = [await road.build('a'), await road.build('b')]
    inner.fault = ({ method }) => (method === 'DELETE' ? { status: 403, body: '' } : undefined)
    const [late, fast] = await overtake(
      lab,
      HEAD_MOVES,
      () => promote(road, 'a'),
      () => promote(road, 'b'),
    )
    assert.deepEqual([codeOf(late), codeOf(fast)], ['PROMOTION_CONFLICT', 'promoted'])
    assert.equal(await checkPeace(road, [b], false), b)
    const verified = await (await road.open()).verify({ reference: a, application: 'ordersvc' })
    assert.deepEqual(
      verified.checks.filter((check) => check.result === 'fail').map((check) => check.code),
      ['RECORD_CHAIN_FORKED'],
    )
    // Once it may be removed, the next promotion of that digest does so.
    inner.fault = undefined
    assert.equal((await promote(road, 'a')).sequence, 2)
    assert.equal(await checkPeace(road, [a, b], false), a)
  })

  it('one after the other, both on their way to git: git ends at the newer one', async (t) => {
    const { road } = await world(t, true)
    const [a, b] = [await road.build('a'), await road.build('b')]
    const second = Promise.withResolvers<Outcome>()
    const w = await road.open((step) => {
      if (step.kind === 'step' && step.step === 'deliver' && step.state === 'start')
        promote(road, 'b').then(second.resolve, second.reject)
    })
    const first = await w.promote({ application: 'ordersvc', to: 'dev', image: imageTag('a') })
    const { outcome, sequence } = await second.promise
    assert.deepEqual([first.outcome, outcome, sequence], ['promoted', 'promoted', 2])
    assert.equal(await checkPeace(road, [a, b]), b)
  })

  it('If-Match ignored: the one that believed it was first finds out before it ends', async (t) => {
    const { road, lab } = await world(t, false)
    const [a, b] = [await road.build('a'), await road.build('b')]
    // a has written the head and delivers; b, which looked before that, writes over it now.
    const lateHead = Promise.withResolvers<void>()
    let heads = 0
    lab.hold = ({ method, path }) => {
      if (method !== 'PUT' || !HEAD_MOVES.path.test(path)) return undefined
      return heads++ === 0 ? lateHead.promise : undefined
    }
    const first = promote(road, 'b').catch((error: unknown) => error)
    while (heads === 0) await new Promise((done) => setTimeout(done, 5))
    const winner = road.open((step) => {
      if (step.kind === 'step' && step.step === 'deliver' && step.state === 'start') lateHead.resolve()
    })
    const second = await (
      await winner
    )
      .promote({ application: 'ordersvc', to: 'dev', image: imageTag('a') })
      .catch((error: unknown) => error)
    const outcomes = [await first, second].map((end) =>
      end instanceof WaybillError ? end.code : (end as Outcome).outcome,
    )
    // Both pushed: git told the winner of a digest that is in no chain. The loser put that right.
    assert.ok(['promoted', 'TARGET_CHANGED'].includes(outcomes[0] ?? ''), outcomes[0])
    assert.equal(outcomes[1], 'PROMOTION_CONFLICT')
    assert.equal(await checkPeace(road, [a, b]), b)
  })

  /** Two promoters of one digest that know nothing of each other, the slower one about to write the head. */
  async function strangers(road: Road, lab: ProxiedRegistry) {
    const attach: Point = { method: 'PUT', path: /manifests\/sha256:/ }
    // The first to be set is the last to be asked.
    const second = gateAt(lab, attach)
    const first = gateAt(lab, attach)
    const slow = gateAt(lab, HEAD_MOVES)
    const ends = [promote(road, 'a'), promote(road, 'a')]
    await Promise.all([first.arrived, second.arrived])
    first.open()
    second.open()
    await slow.arrived
    return { slow, ends }
  }

  it('If-Match ignored, the same digest: the head waits for the one that is about to write over it', async (t) => {
    const { road, lab } = await world(t, false, false)
    const a = await road.build('a')
    const { slow, ends } = await strangers(road, lab)
    const looks = gateAt(lab, { method: 'HEAD', path: HEAD_MOVES.path }, 2)
    await Promise.race([looks.arrived, ...ends])
    slow.open()
    looks.open()
    const outcomes = await Promise.all(ends)
    const [head, ...more] = await road.chain('dev')
    assert.deepEqual([more, await road.recordsOn(a, 'dev')], [[], [head?.record]])
    // What both tell, and what their proofs are about, is in the chain.
    for (const { outcome, record } of outcomes)
      assert.deepEqual([['promoted', 'already'].includes(outcome), record], [true, head?.record])
    assert.equal(await checkPeace(road, [a], false), a)
  })

  it('If-Match ignored, the same digest: one that hangs for long leaves one record too', async (t) => {
    const { road, lab } = await world(t, false, false)
    const a = await road.build('a')
    const { slow, ends } = await strangers(road, lab)
    assert.equal((await Promise.race(ends)).outcome, 'promoted')
    assert.equal((await road.recordsOn(a, 'dev')).length, 1)
    assert.equal(await checkPeace(road, [a], false), a)
    slow.open()
    await Promise.all(ends)
    assert.equal((await road.recordsOn(a, 'dev')).length, 1)
    assert.equal(await checkPeace(road, [a], false), a)
  })

  it('If-Match ignored, different digests: the head waits for the one that took its tag', async (t) => {
    const { road, lab } = await world(t, false, false)
    const [a, b] = [await road.build('a'), await road.build('b')]
    const tagOfB = gateAt(lab, TAG_MOVES)
    const lateEnd = promote(road, 'b')
    await tagOfB.arrived
    const lookOfA = gateAt(lab, HEAD_READ_LAST)
    const early = Promise.allSettled([promote(road, 'a')])
    await lookOfA.arrived
    const headOfB = gateAt(lab, HEAD_MOVES)
    tagOfB.open()
    await headOfB.arrived
    const rivalSeen = gateAt(lab, { method: 'GET', path: new RegExp(`referrers/${b}`) })
    lookOfA.open()
    await Promise.race([rivalSeen.arrived, early])
    headOfB.open()
    rivalSeen.open()
    const [end] = await early
    assert.deepEqual([codeOf(end), (await lateEnd).outcome], ['PROMOTION_CONFLICT', 'promoted'])
    assert.equal(await checkPeace(road, [a, b], false), b)
  })

  it('docker-registry: several at once, again and again', { skip: noDockerRegistry }, async (t) => {
    const road = await openRoad(t, { registry: 'docker-registry', git: false })
    road.only('dev')
    const digests: Digest[] = []
    for (let round = 0; round < 2; round++) {
      const seeds = [`${round} x`, `${round} y`, `${round} y`]
      for (const seed of new Set(seeds)) digests.push(await road.build(seed))
      const ends = await Promise.allSettled(seeds.map((seed) => promote(road, seed)))
      for (const end of ends)
        assert.ok(['promoted', 'already', 'TAG_CONFLICT', 'PROMOTION_CONFLICT'].includes(codeOf(end)))
      await promote(road, `${round} x`)
      road.later(1)
      assert.equal(await checkPeace(road, digests, false), digests.at(-2))
    }
  })
})
