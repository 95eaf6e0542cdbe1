import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import { openBuiltRoad } from '../support/built-road.ts'
import { clean, everythingOf, leftOf, name, preview } from '../support/previews.ts'
import { dockerRegistry, noDockerRegistry } from '../support/registries.ts'
import { APP, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

const isDelete = ({ method }: IncomingRequest) => method === 'DELETE'
const isWrite = ({ method }: IncomingRequest) => method !== 'GET' && method !== 'HEAD'

describe('waybill ci clean, a registry that deletes nothing', () => {
  const answers: readonly [name: string, fault: Fault, code: RegExp][] = [
    ['405', { status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' }, /DELETE_UNSUPPORTED/],
    ['400', { status: 400, body: '{"errors":[{"code":"UNSUPPORTED"}]}' }, /DELETE_UNSUPPORTED/],
    ['403', { status: 403, body: '{"errors":[{"code":"DENIED"}]}' }, /REGISTRY_DENIED/],
  ]
  for (const [status, fault, code] of answers)
    it(`says so and what to do: ${status}`, async (t) => {
      const road = await openRoad(t, { git: false })
      const all = await everythingOf(road, await preview(road, 'one', 101))
      road.nonprod.fault = (request) => (isDelete(request) ? fault : undefined)
      const done = await road.cli(['ci', 'clean', APP, '--pull-request', '101'])
      assert.equal(done.code, 1, done.stdout)
      assert.match(done.stderr, code)
      assert.match(done.stderr, /storage\.delete\.enabled|Log in/)
      assert.deepEqual(await leftOf(road, all), all)
    })

  it('docker-registry as it is set up by default', { skip: noDockerRegistry }, async (t) => {
    const road = await openRoad(t, { git: false, lab: await dockerRegistry(t, undefined, false) })
    const all = await everythingOf(road, await preview(road, 'one', 101))
    const planned = await clean(road, '--pull-request', '101', '--dry-run')
    assert.equal(planned.answer.images[0]?.manifests, all.length)
    const done = await road.cli(['ci', 'clean', APP, '--pull-request', '101'])
    assert.equal(done.code, 1)
    assert.match(done.stderr, /DELETE_UNSUPPORTED/)
    assert.deepEqual(await leftOf(road, all), all)
  })
})

/** Cleans until its n-th write is lost, before or after it took effect. True when it got that far. */
async function crash(road: Road, at: number, when: 'before' | 'after'): Promise<boolean> {
  const death = new AbortController()
  const { nonprod: lab } = road
  const answered = lab.requests.length
  let [started, writes] = [0, 0]
  lab.fault = (request): Fault | undefined => {
    started++
    if (!isWrite(request) || writes++ < at) return undefined
    setTimeout(() => death.abort(), 0)
    return when === 'before' ? { status: 503, body: '' } : { truncateAt: 0 }
  }
  const w = await road.open(undefined, death.signal)
  const died = await w.clean({ application: APP, pullRequest: '101' }).then(
    () => false,
    () => true,
  )
  for (let waits = 0; lab.requests.length - answered < started && waits < 200; waits++) await sleep(5)
  lab.fault = undefined
  await w.close()
  return died
}

describe('waybill ci clean, a crash at any write, then the same command again', () => {
  for (const registry of ['embedded', 'embedded without referrers API'] as const)
    it(`${registry}: ends with the image gone and the others whole`, async (t) => {
      const road = await openRoad(t, { git: false, registry })
      const kept = await everythingOf(road, await preview(road, 'kept', 102))
      let crashes = 0
      for (let at = 0, more = true; more; at++) {
        assert.ok(at < 30, 'deleting one image takes fewer than 30 writes')
        for (const when of ['before', 'after'] as const) {
          const digest = await preview(road, `lost ${at} ${when}`, 101)
          const all = await everythingOf(road, digest)
          more = await crash(road, at, when)
          crashes += Number(more)
          await (await road.open()).clean({ application: APP, pullRequest: '101' })
          assert.deepEqual(await unexpected(road, digest, all), [], `write ${at} lost ${when}`)
        }
      }
      assert.ok(crashes >= 10, `only ${crashes} crashes`)
      assert.deepEqual(await leftOf(road, kept), kept)
    })

  /**
   * Where there is a referrers API nothing leads to the provenance of an image that is gone: the registry collects it,
   * or it stays as a few kilobytes. Anything else must be gone.
   */
  async function unexpected(road: Road, digest: Digest, all: readonly Digest[]): Promise<readonly Digest[]> {
    const left = await leftOf(road, all)
    const hasApi = !(await road.store('dev').tags()).includes(digest.replace(':', '-'))
    const isLost = hasApi && left.length === 1 && !left.includes(digest)
    return isLost && road.nonprod.name === 'embedded' ? [] : left
  }

  it('a process that is killed', async (t) => {
    const road = await openRoad(t, { git: false, registry: 'embedded without referrers API' })
    const all = await everythingOf(road, await preview(road, 'one', 101))
    road.nonprod.fault = (request) => (isDelete(request) ? { delay: 300 } : undefined)
    const child = road.startCli(['ci', 'clean', APP, '--pull-request', '101'])
    const ended = new Promise((done) => child.once('close', done))
    while ((await leftOf(road, all)).length === all.length) await sleep(20)
    child.kill('SIGKILL')
    await ended
    road.nonprod.fault = undefined
    assert.ok((await leftOf(road, all)).length > 0)
    assert.equal((await clean(road, '--pull-request', '101')).code, 0)
    assert.deepEqual(await leftOf(road, all), [])
  })
})

describe('waybill ci clean, somebody else meanwhile', () => {
  it('keeps an image that gets a name between the reading and the deleting', async (t) => {
    const road = await openRoad(t, { git: false })
    const digest = await preview(road, 'one', 101)
    const all = await everythingOf(road, digest)
    const looked = Promise.withResolvers<void>()
    const w = await road.open((step) => {
      if (step.kind !== 'step' || step.step !== 'look' || step.state !== 'done') return
      road.nonprod.fault = ({ path }) => (path.includes('/tags/list') ? { delay: 500 } : undefined)
      looked.resolve()
    })
    const cleaning = w.clean({ application: APP, pullRequest: '101' })
    await looked.promise
    await name(road, 'customer-demo', digest)
    const { outcome, images } = await cleaning
    assert.equal(outcome, 'already')
    assert.equal(images[0]?.reason, 'it got another name meanwhile')
    assert.deepEqual(await leftOf(road, all), all)
  })
})

describe('waybill ci clean --older-than, of real builds', () => {
  const pull = (number: number) =>
    `--event pull-request --pull-request ${number} --ref refs/pull/${number}/merge`.split(' ')

  it('takes those that ended longer ago, whatever their number and however they were tagged', async (t) => {
    const { road, built } = await openBuiltRoad(t, { tags: ['preview-{pr}-{short}', '{branch}'] })
    const first = await built('one', pull(7))
    const second = await built('two', pull(8))
    const pushed = await built('three', ['--event', 'push', '--ref', 'refs/heads/dev'])
    const none = await clean(road, '--older-than', '1h')
    assert.deepEqual(none.answer.images, [])
    await sleep(1100)
    const done = await clean(road, '--older-than', '1s')
    assert.deepEqual(
      new Set(done.answer.images.map(({ digest, outcome }) => `${outcome} ${digest}`)),
      new Set([first, second].map(({ digest }) => `deleted ${digest}`)),
    )
    assert.equal(await road.tag('dev', 'dev'), pushed.digest)
    assert.equal((await clean(road, '--older-than', '1s')).answer.outcome, 'already')
  })

  const jobs: readonly [system: string, number: string, env: NodeJS.ProcessEnv][] = [
    [
      'Azure Pipelines',
      '101',
      {
        TF_BUILD: 'True',
        BUILD_REASON: 'PullRequest',
        SYSTEM_PULLREQUEST_PULLREQUESTID: '101',
        BUILD_SOURCEBRANCH: 'refs/pull/101/merge',
      },
    ],
    [
      'GitHub Actions',
      '102',
      { GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/102/merge' },
    ],
    [
      'GitLab CI',
      '103',
      { GITLAB_CI: 'true', CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_IID: '103' },
    ],
    [
      'Jenkins',
      '104',
      {
        JENKINS_URL: 'https://ci.example.com/',
        BUILD_URL: 'https://ci.example.com/job/orders/7/',
        BRANCH_NAME: 'PR-104',
        CHANGE_ID: '104',
      },
    ],
  ]
  for (const [system, number, env] of jobs)
    it(`knows the number of a build of ${system}`, async (t) => {
      const { road, built } = await openBuiltRoad(t)
      const { digest, tags } = await built('one', [], env)
      assert.ok(tags.includes(`pr-${number}`), tags.join())
      const { answer } = await clean(road, '--pull-request', number)
      assert.deepEqual(
        answer.images.map((image) => [image.digest, image.outcome, image.pullRequest]),
        [[digest, 'deleted', number]],
      )
      assert.deepEqual(await road.store('dev').tags(), [])
    })
})
