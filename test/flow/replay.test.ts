import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { REPORT } from '../../src/attestation/index.ts'
import type { ReplayAnswer } from '../../src/insight/index.ts'
import { APP, imageTag, openRoad, tested, variableOf } from '../support/road.ts'
import type { Road, RoadConfig, RoadSigner } from '../support/road.ts'

/** Another waybill.yaml beside the one in force; `trust` is its trust policy when that changes too. */
function policy(road: Road, edit: (config: RoadConfig) => void, trust?: (signers: RoadSigner[]) => void) {
  const config = structuredClone(road.config)
  edit(config)
  if (trust) {
    road.write()
    const file = join(road.directory, 'trust.yaml')
    copyFileSync(file, join(road.directory, 'trust-new.yaml'))
    config.trust = 'trust-new.yaml'
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as { signers: RoadSigner[] }
    trust(parsed.signers)
    writeFileSync(join(road.directory, 'trust-new.yaml'), JSON.stringify(parsed))
  }
  writeFileSync(join(road.directory, 'new.yaml'), JSON.stringify(config))
}

const gates = (config: RoadConfig, environment: string, list: readonly object[]) => {
  config.environments[environment] = { ...config.environments[environment], gates: list }
}

async function replay(road: Road, more: object = {}): Promise<ReplayAnswer> {
  return (await road.open()).replay({ policy: 'new.yaml', since: '90d', ...more })
}

const told = ({ records }: ReplayAnswer) =>
  records.map(({ environment, sequence, change }) => `${environment} ${sequence} ${change}`)

describe('the same policy', () => {
  it('changes nothing, in one repository and in separate ones', async (t) => {
    for (const layout of ['shared', 'separate'] as const) {
      const road = await openRoad(t, { git: false, layout })
      await road.carry('one', {}, 'dev', 'staging', 'prod')
      await road.carry('two', { version: '1.1.0' }, 'dev', 'staging')
      policy(road, () => {})
      const answer = await replay(road)
      assert.deepEqual(answer.counts, { unchanged: 5, refused: 0, admitted: 0, unclear: 0, 'not-asked': 0 })
    }
  })

  it('on a rollback no gate was asked, so none is now', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    await road.carry('one', {}, 'dev')
    await road.carry('two', {}, 'dev')
    await (await road.open()).rollback({ application: APP, environment: 'dev' })
    policy(road, (config) => gates(config, 'dev', [{ signature: { count: 9 } }]))
    assert.deepEqual(told(await replay(road)), ['dev 3 not-asked', 'dev 2 refused', 'dev 1 refused'])
  })
})

describe('a stricter policy', () => {
  it('refuses what lacks something, and says which gate and why', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'staging')
    const first = await road.build('one')
    await road.say(road.store('dev'), first, 'test-result', tested('e2e', 'PASSED'), 'tests')
    await road.carry('one', {}, 'dev', 'staging')
    await road.carry('two', {}, 'dev', 'staging')
    policy(road, (config) =>
      gates(config, 'dev', [{ tests: { suites: ['unit', 'e2e'] } }, { signature: {} }]),
    )
    const answer = await replay(road, { environment: 'dev' })
    assert.deepEqual(told(answer), ['dev 2 refused', 'dev 1 unchanged'])
    const [refused] = answer.records
    assert.deepEqual([refused?.recorded, refused?.replayed], ['pass', 'fail'])
    assert.deepEqual(
      refused?.gates.map(({ gate, recorded, replayed }) => [gate, recorded, replayed]),
      [
        ['tests', 'pass', 'fail'],
        ['provenance', 'pass', undefined],
      ],
    )
    assert.match(refused?.gates[0]?.reason ?? '', /e2e: no signed test result/)
  })

  it('a longer soak: judged by who was there then, not by who is there now', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'staging')
    await road.carry('one', {}, 'dev')
    road.later(20)
    await road.promote('staging')
    road.later(600)
    const soaked = (soak: string) =>
      policy(road, (config) => gates(config, 'staging', [{ passed: { environment: 'dev', soak } }]))
    soaked('10m')
    assert.deepEqual(told(await replay(road, { environment: 'staging' })), ['staging 1 unchanged'])
    soaked('1h')
    const answer = await replay(road, { environment: 'staging' })
    assert.deepEqual(told(answer), ['staging 1 refused'])
    assert.equal(answer.records[0]?.replayed, 'pending')
  })

  it('a signer no longer trusted: what they signed does not count', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    await road.carry('one', {}, 'dev')
    policy(
      road,
      () => {},
      (signers) =>
        signers.splice(
          signers.findIndex(({ id }) => id === 'ci-tests'),
          1,
        ),
    )
    const answer = await replay(road)
    assert.deepEqual(told(answer), ['dev 1 refused'])
    assert.match(answer.records[0]?.gates[0]?.reason ?? '', /foreign/)
  })

  it('another way in: it must have been upstream by then', async (t) => {
    const road = await openRoad(t, { git: false })
    await road.carry('one', {}, 'dev', 'staging')
    policy(road, (config) => {
      config.environments.staging = { ...config.environments.staging, after: ['dev', 'qa'], gates: [] }
      config.environments.qa = { repository: 'qa.invalid/{application}', after: 'dev' }
      config.environments.qa.repository = config.environments.dev?.repository
    })
    const answer = await replay(road, { environment: 'staging' })
    assert.deepEqual(told(answer), ['staging 1 refused'])
    assert.match(answer.records[0]?.gates[0]?.reason ?? '', /not been promoted into qa/)
  })
})

describe('what came later', () => {
  const approval = { approval: { count: 1, roles: ['release-manager'] } }

  it('an approval given afterwards is left out, one given before counts whatever the policy was', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    await road.carry('one', {}, 'dev')
    const approve = async () => {
      const key = `env://${variableOf('alice')}`
      return (await road.open()).approve({ application: APP, environment: 'prod', decision: 'approve', key })
    }
    await approve()
    road.later(1)
    await road.promote('prod')
    await road.carry('two', { version: '1.1.0' }, 'dev', 'prod')
    road.later(1)
    await approve()
    road.later(1)
    await road.carry('three', { version: '1.2.0' }, 'dev')
    policy(road, (config) => gates(config, 'prod', [{ passed: { environment: 'dev' } }, approval]))
    assert.deepEqual(told(await replay(road, { environment: 'prod' })), [
      'prod 2 refused',
      'prod 1 unchanged',
    ])
  })

  it('the failure of an environment is not known before it happens', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'staging')
    await road.carry('one', {}, 'dev', 'staging')
    road.later(5)
    await (await road.open()).pass({ application: APP, environment: 'dev', failed: true })
    policy(road, () => {})
    const [record] = (await replay(road, { environment: 'staging' })).records
    assert.deepEqual([record?.change, record && record.later > 0], ['unchanged', true])
  })

  it('an old report that was signed afterwards was not there then, whatever day it tells of', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.build('one')
    const finishedOn = road.now.toISOString()
    road.later(5)
    await road.promote('dev', { image: imageTag('one') })
    road.later(60)
    const report = {
      kind: 'tests',
      tool: { name: 'vitest' },
      format: 'junit',
      digest,
      finishedOn,
      attestedOn: road.now.toISOString(),
    }
    const late = { ...tested('e2e', 'PASSED'), [REPORT]: report }
    await road.say(road.store('dev'), digest, 'test-result', late, 'tests')
    policy(road, (config) => gates(config, 'dev', [{ tests: { suites: ['e2e'] } }]))
    assert.deepEqual(told(await replay(road)), ['dev 1 refused'])
  })

  it('nobody can date it and it decides: that is said, and nothing is guessed', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.carry('one', {}, 'dev')
    await road.say(road.store('dev'), digest, 'test-result', tested('e2e', 'PASSED'), 'tests')
    policy(road, (config) => gates(config, 'dev', [{ tests: { suites: ['e2e'] } }]))
    const answer = await replay(road)
    assert.deepEqual(told(answer), ['dev 1 unclear'])
    assert.match(answer.records[0]?.note ?? '', /1 statement that nobody can date/)
  })

  it('evidence that is gone makes no "would be refused"', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    const digest = await road.carry('one', {}, 'dev')
    const store = road.store('dev')
    policy(road, () => {})
    assert.deepEqual(told(await replay(road)), ['dev 1 unchanged'])
    for (const { digest: referrer } of await store.referrers(digest))
      if ((await road.tag('dev', 'promotions.dev')) !== referrer) await store.deleteManifest(referrer)
    road.env.WAYBILL_CACHE = 'off'
    const answer = await replay(road)
    assert.deepEqual(told(answer), ['dev 1 unclear'])
    assert.match(answer.records[0]?.note ?? '', /statements it rested on are gone/)
  })
})

describe('what was forced in', () => {
  it('would it have been let in now? Then that is said, and otherwise it is as it was', async (t) => {
    const road = await openRoad(t, {
      git: false,
      trust: (signers) => {
        const alice = signers.find(({ id }) => id === 'alice')
        if (alice) alice.mayAssert = ['approval', 'break-glass']
      },
    })
    road.only('dev')
    road.change('dev', { exceptions: { breakGlass: { roles: ['release-manager'], count: 1 } } })
    const digest = await road.build('one', { unit: 'FAILED' })
    const key = `env://${variableOf('alice')}`
    const w = await road.open()
    await w.breakGlass({ application: APP, environment: 'dev', image: digest, reason: 'prod is down', key })
    const done = await road.promote('dev', { image: digest, breakGlass: true })
    assert.equal(done.outcome, 'promoted', JSON.stringify(done.verdict))
    policy(road, () => {})
    assert.deepEqual(told(await replay(road)), ['dev 1 unchanged'])
    policy(road, (config) => gates(config, 'dev', [{ signature: {} }]))
    assert.deepEqual(told(await replay(road)), ['dev 1 admitted'])
  })
})

describe('on the command line', () => {
  it('0 whatever it finds, 3 with --fail-on-change, 2 for a time that is none', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    await road.carry('one', {}, 'dev')
    policy(road, (config) => gates(config, 'dev', [{ signature: { count: 2 } }]))
    const words = ['replay', '--policy', 'new.yaml', '--since', '2025-01-01']
    const plain = await road.cli(words)
    assert.equal(plain.code, 0, plain.stderr)
    assert.match(plain.stdout, /REFUSED ordersvc dev #1/)
    assert.match(plain.stdout, /attempts that were\s+refused then left no record/)
    for (const line of plain.stdout.split('\n')) assert.ok(line.length <= 80, line)
    assert.equal((await road.cli([...words, '--fail-on-change'])).code, 3)
    assert.equal((await road.cli(['replay', '--policy', 'new.yaml', '--since', 'soon'])).code, 2)
    const json = JSON.parse((await road.cli([...words, '-o', 'json'])).stdout) as ReplayAnswer
    assert.deepEqual([json.kind, json.counts.refused], ['replay', 1])
    assert.match((await road.cli([...words, '-o', 'markdown'])).stdout, /\*\*REFUSED\*\*/)
  })

  it('nothing is written', async (t) => {
    const road = await openRoad(t, { git: false })
    await road.carry('one', {}, 'dev', 'staging')
    policy(road, () => {})
    const from = road.nonprod.requests.length
    await replay(road)
    const methods = new Set(road.nonprod.requests.slice(from).map(({ method }) => method))
    assert.deepEqual(
      [...methods].filter((method) => method !== 'GET' && method !== 'HEAD'),
      [],
    )
  })
})
