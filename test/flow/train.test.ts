import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { outputSchemas } from '../../scripts/output-schemas.ts'
import { parseRepository } from '../../src/oci/index.ts'
import type { TrainAnswer } from '../../src/promotion/train-answer.ts'
import { finished } from '../support/road.ts'
import { buildOne, manyRoad, names, repositoryOf, rideTrain, writeTrain } from '../support/train.ts'
import type { Road } from '../support/road.ts'

const JSON_OUT = ['promote', '--set', 'train.yaml', '-o', 'json'] as const

/** The command line, its document checked against the published schema. */
async function train(road: Road, ...more: readonly string[]) {
  const { code, stdout, stderr } = await road.cli([...JSON_OUT, ...more])
  const answer = outputSchemas.train.parse(JSON.parse(stdout)) as TrainAnswer
  return { code, answer, stderr, ended: (name: string) => answer.items.find(({ item }) => item === name) }
}

describe('thirty applications in one train', () => {
  it('three fail for reasons of their own, the others arrive; another run finishes', async (t) => {
    const apps = names(30)
    const [unsigned = '', unbuilt = '', denied = ''] = apps
    const road = await manyRoad(t, apps)
    for (const app of apps) if (app !== unbuilt) await buildOne(road, app, app !== unsigned)
    writeTrain(road, {
      promotions: [
        { application: 'svc-*', to: 'dev', image: 'built' },
        { application: 'svc-*', to: 'prod' },
      ],
    })
    road.prod.fault = ({ method, path }) =>
      method !== 'GET' && method !== 'HEAD' && path.includes(denied) ? { status: 403, body: '' } : undefined

    const first = await train(road)
    assert.equal(first.code, 1, first.stderr)
    assert.equal(first.answer.outcome, 'error')
    assert.equal(first.ended(`${unsigned} → dev`)?.promotion?.outcome, 'refused')
    assert.equal(first.ended(`${unsigned} → prod`)?.outcome, 'not-started')
    assert.match(first.ended(`${unbuilt} → dev`)?.error?.code ?? '', /MISSING/)
    assert.equal(first.ended(`${denied} → dev`)?.outcome, 'promoted')
    assert.equal(first.ended(`${denied} → prod`)?.error?.code, 'REGISTRY_DENIED')
    const { promoted, refused, error, notStarted } = first.answer.summary
    assert.deepEqual(
      { promoted, refused, error, notStarted },
      { promoted: 55, refused: 1, error: 2, notStarted: 2 },
    )

    road.prod.fault = undefined
    await buildOne(road, unbuilt)
    await buildOne(road, unsigned)
    const second = await train(road)
    assert.equal(second.code, 0, JSON.stringify(second.answer.items.filter(({ error }) => error)))
    const { summary } = second.answer
    assert.deepEqual([summary.promoted, summary.already], [5, 55])
    for (const app of apps) {
      const store = road.client.repository(parseRepository(repositoryOf(road, app, 'prod')))
      assert.ok(await store.head('live'), app)
    }
  })
})

describe('a train that does not come to its end', () => {
  const toDev = { promotions: [{ application: 'svc-*', to: 'dev', image: 'built' }] }

  it('kill -9 in the middle: the second run ends where one run would have ended', async (t) => {
    const apps = names(4)
    const road = await manyRoad(t, apps)
    for (const app of apps) await buildOne(road, app)
    writeTrain(road, { concurrency: 2, ...toDev })
    const child = road.startCli(JSON_OUT)
    let heads = 0
    road.nonprod.fault = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith('promotions.dev') && ++heads === 2) child.kill('SIGKILL')
      return undefined
    }
    assert.equal((await finished(child)).signal, 'SIGKILL')
    road.nonprod.fault = undefined
    const again = await train(road)
    assert.equal(again.code, 0, again.stderr)
    assert.ok(again.answer.summary.already >= 1, 'what was done stays done')
    await oneRecordEach(road, apps)
  })

  it('interrupted: nothing new begins, what did not begin is named, the next run does it', async (t) => {
    const apps = names(5)
    const road = await manyRoad(t, apps)
    for (const app of apps) await buildOne(road, app)
    writeTrain(road, { concurrency: 1, ...toDev })
    const stop = new AbortController()
    const answer = await rideTrain(
      road,
      (step) => {
        if (step.kind === 'item' && step.item.startsWith('svc-02') && step.state === 'start') stop.abort()
      },
      stop.signal,
    )
    assert.deepEqual([answer.outcome, answer.interrupted], ['error', true])
    assert.deepEqual(
      answer.items.map(({ outcome }) => outcome),
      ['promoted', 'error', 'not-started', 'not-started', 'not-started'],
    )
    assert.equal(answer.items[1]?.error?.code, 'INTERRUPTED')
    assert.equal((await rideTrain(road)).outcome, 'done')
    await oneRecordEach(road, apps)
  })

  it('two trains at once: both end well, one record for each application', async (t) => {
    const apps = names(4)
    const road = await manyRoad(t, apps)
    for (const app of apps) await buildOne(road, app)
    writeTrain(road, toDev)
    const answers = await Promise.all([rideTrain(road), rideTrain(road)])
    for (const { outcome, items } of answers) assert.equal(outcome, 'done', JSON.stringify(items))
    await oneRecordEach(road, apps)
  })

  async function oneRecordEach(road: Road, apps: readonly string[]): Promise<void> {
    const workspace = await road.open()
    for (const application of apps) {
      const { promotions } = await workspace.history({ application, environment: 'dev' })
      assert.equal(promotions.length, 1, application)
    }
  }
})

describe('what a train leaves in git, and what it waits for', () => {
  it('one commit for each promotion, although they are pushed together', async (t) => {
    const apps = names(6)
    const road = await manyRoad(t, apps, {
      git: true,
      edit: (config) => {
        const { dev } = config.environments
        config.environments = { dev: { ...dev, tags: ['dev'] } }
      },
    })
    const fileOf = (app: string) => `environments/dev/${app}/kustomization.yaml`
    road.gitops.commit(
      'places',
      Object.fromEntries(apps.map((app) => [fileOf(app), `images:\n  - name: ${app}\n    newTag: none\n`])),
    )
    for (const app of apps) await buildOne(road, app)
    writeTrain(road, { promotions: [{ application: 'svc-*', to: 'dev', image: 'built' }] })
    const answer = await rideTrain(road)
    assert.equal(answer.outcome, 'done', JSON.stringify(answer.items))
    assert.equal(road.commits().length, apps.length)
    for (const { promotion } of answer.items) {
      assert.ok(promotion?.record && promotion.copy)
      assert.match(road.gitops.show(fileOf(promotion.application)), new RegExp(promotion.digest))
      assert.equal(road.commits().filter((message) => message.includes(promotion.record ?? '-')).length, 1)
      assert.ok(promotion.copy.requests < answer.summary.requests / 2, 'each counts its own requests')
    }
    assert.deepEqual((await rideTrain(road)).summary.already, apps.length)
    assert.equal(road.commits().length, apps.length)
  })

  it('what waits is pending, exit 4; a refusal outweighs it, exit 3', async (t) => {
    const apps = names(2)
    const road = await manyRoad(t, apps)
    road.change('prod', { gates: [{ passed: { environment: 'dev', soak: '30d' } }] })
    road.change('dev', { prove: [{ command: 'true' }] })
    for (const app of apps) await buildOne(road, app, app === 'svc-01')
    const toProd = { application: 'svc-01', to: 'prod' }
    writeTrain(road, { promotions: [{ application: '*', to: 'dev', image: 'built' }, toProd] })
    const first = await train(road)
    assert.equal(first.code, 3, first.stderr)
    assert.deepEqual(
      first.answer.items.map(({ outcome }) => outcome),
      ['promoted', 'refused', 'pending'],
    )
    writeTrain(road, { promotions: [toProd] })
    const second = await train(road, '--dry-run')
    assert.deepEqual([second.code, second.answer.outcome], [4, 'pending'])
  })
})
