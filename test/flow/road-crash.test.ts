import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { Workspace } from '../../src/wiring/index.ts'
import { serveGit } from '../support/git.ts'
import { APP, commitOf, finished, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const imageTag = (seed: string) => `git-${commitOf(seed).slice(0, 8)}`
const isWrite = ({ method }: IncomingRequest) => method !== 'GET' && method !== 'HEAD'

interface Crash {
  /** The n-th writing request, from 0. */
  readonly at: number
  /** before: the registry never saw it. after: it was carried out, and nobody heard the answer. */
  readonly when: 'before' | 'after'
}

/** Promotes until the crash: from then on this process sends nothing and hears nothing. */
async function crash(
  road: Road,
  labs: readonly { fault: unknown }[],
  { at, when }: Crash,
  to: string,
  image?: string,
) {
  const death = new AbortController()
  let writes = 0
  const fault = (request: IncomingRequest): Fault | undefined => {
    if (!isWrite(request) || writes++ < at) return undefined
    // The abort comes a moment later, so that the request itself gets here whole.
    setTimeout(() => death.abort(), 0)
    return when === 'before' ? { status: 503, body: '' } : { truncateAt: 0 }
  }
  for (const lab of labs) lab.fault = fault
  const w = await road.open(undefined, death.signal)
  const died = await w.promote({ application: APP, to, ...(image && { image }) }).then(
    () => false,
    () => true,
  )
  for (const lab of labs) lab.fault = undefined
  await w.close()
  return died
}

/** The one end state, whatever happened before. */
async function checkEnd(
  road: Road,
  environment: string,
  digest: Digest,
  tags: readonly string[],
  sequence: number,
) {
  const chain = await road.chain(environment)
  assert.equal(chain.length, sequence)
  assert.equal(chain[0]?.digest, digest)
  assert.deepEqual(await road.recordsOn(digest, environment), [chain[0]?.record])
  for (const tag of tags) assert.equal(await road.tag(environment, tag), digest, tag)
  const w = await road.open()
  const { environments = [] } = (await w.status({})).applications[0] ?? {}
  const row = environments.find((entry) => entry.environment === environment)
  assert.deepEqual([row?.digest, row?.passed, row?.drift, row?.problem], [digest, true, [], undefined])
  const verified = await w.verify({ reference: `${road.repository(environment)}@${digest}` })
  assert.equal(
    verified.result,
    'pass',
    JSON.stringify(verified.checks.filter((check) => check.result !== 'pass')),
  )
  await w.close()
}

describe('a crash at any point, then the same command again', () => {
  it('in one repository: every write of a promotion, lost before and after it took effect', async (t) => {
    const road = await openRoad(t, { git: false })
    let sequence = 0
    for (let at = 0, more = true; more; at++) {
      assert.ok(at < 20, 'a promotion in place has fewer than 20 writes')
      more = false
      for (const when of ['before', 'after'] as const) {
        const seed = `in place ${at} ${when}`
        const digest = await road.build(seed)
        const died = await crash(road, [road.nonprod], { at, when }, 'dev', imageTag(seed))
        more ||= died
        road.later(1)
        const again = await (
          await road.open()
        ).promote({ application: APP, to: 'dev', image: imageTag(seed) })
        assert.ok(['promoted', 'already'].includes(again.outcome), `${at} ${when}: ${again.outcome}`)
        if (!died) assert.equal(again.outcome, 'already')
        await checkEnd(road, 'dev', digest, [imageTag(seed), 'dev'], ++sequence)
      }
    }
    assert.ok(sequence >= 14, `only ${sequence} crashes happened`)
  })

  for (const registry of ['embedded', 'embedded without referrers API'] as const) {
    it(`between registries, ${registry}: copy midway, copied, recorded, tagged`, async (t) => {
      const road = await openRoad(t, { git: false, layout: 'separate', registry })
      delete road.config.environments['staging']
      const prod = road.config.environments['prod'] ?? {}
      road.config.environments['prod'] = {
        ...prod,
        after: 'dev',
        gates: [{ passed: { environment: 'dev' } }],
      }
      road.write()
      const w = await road.open()
      let sequence = 0
      let died = 0
      for (const at of [0, 3, 9, 14, 21, 24, 27, 29, 31, 33, 35, 37]) {
        const version = `1.${at}.0`
        const digest = await road.build(version, { version })
        const image = imageTag(version)
        await w.promote({ application: APP, to: 'dev', image })
        died += Number(await crash(road, [road.prod], { at, when: at % 2 ? 'after' : 'before' }, 'prod'))
        road.later(1)
        const again = await w.promote({ application: APP, to: 'prod' })
        assert.ok(['promoted', 'already'].includes(again.outcome))
        await checkEnd(road, 'prod', digest, [version, `1.${at}`, '1', 'stable'], ++sequence)
      }
      assert.ok(died >= 8, `only ${died} died`)
    })
  }

  it('at every step of the road, with git: one commit', async (t) => {
    const road = await openRoad(t)
    let commits = 0
    const points = ['resolve', 'evaluate', 'copy', 'record', 'tag', 'deliver', 'prove'].flatMap((step) => [
      `${step} start`,
      `${step} done`,
    ])
    for (const point of points) {
      const digest = await road.build(point)
      const dying = await road.open((step) => {
        if (step.kind === 'step' && `${step.step} ${step.state}` === point) throw new Error('the power went')
      })
      const image = imageTag(point)
      await assert.rejects(dying.promote({ application: APP, to: 'dev', image }), /the power went/)
      road.later(1)
      const again = await (await road.open()).promote({ application: APP, to: 'dev', image })
      const late = ['prove done']
      assert.equal(again.outcome, late.includes(point) ? 'already' : 'promoted', point)
      await checkEnd(road, 'dev', digest, [image, 'dev'], ++commits)
      assert.equal(road.commits().length, commits, point)
      assert.equal(road.inGit('dev'), digest)
    }
  })

  it('a push that landed without an answer is found again', async (t) => {
    const road = await openRoad(t)
    const server = await serveGit(road.gitops, { cutAnswer: (push) => push === 1 })
    t.after(() => server.close())
    const dev = road.config.environments['dev'] ?? {}
    dev['deliver'] = [{ kustomize: { repository: server.url, path: 'environments/dev/{application}' } }]
    road.write()
    const digest = await road.build('cut')
    const outcome = await (await road.open()).promote({ application: APP, to: 'dev', image: imageTag('cut') })
    assert.equal(outcome.outcome, 'promoted')
    assert.equal(road.commits().length, 1)
    assert.equal(outcome.delivery?.[0]?.commit, road.gitops.head())
    await checkEnd(road, 'dev', digest, ['dev'], 1)
  })
})

describe('kill -9 of the command line', () => {
  const moments: Readonly<Record<string, (request: IncomingRequest) => boolean>> = {
    'at its first write': isWrite,
    'when the record is pushed': ({ method, path }) => method === 'PUT' && /\/manifests\/sha256:/.test(path),
    'when the environment tag moves': ({ method, path }) =>
      method === 'PUT' && path.endsWith('/manifests/dev'),
    'when the head moves': ({ method, path }) =>
      method === 'PUT' && path.includes('/manifests/promotions.dev'),
  }
  for (const [moment, isMoment] of Object.entries(moments)) {
    it(moment, async (t) => {
      const road = await openRoad(t)
      const digest = await road.build('killed')
      const words = ['promote', APP, '--to', 'dev', '--image', imageTag('killed'), '-o', 'json']
      const child = road.startCli(words)
      road.nonprod.fault = (request) => {
        if (!isMoment(request)) return undefined
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
      const third = await road.cli(words)
      assert.equal((JSON.parse(third.stdout) as { outcome: string }).outcome, 'already')
    })
  }
})
