import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { predicateTypes } from '../../src/attestation/index.ts'
import type { Fault, IncomingRequest } from '../../src/embedded/index.ts'
import type { Digest } from '../../src/oci/index.ts'
import type { HoldCommand, Outcome } from '../../src/promotion/index.ts'
import { throughProxy } from '../support/proxy.ts'
import type { Cleanup } from '../support/registries.ts'
import { APP, openRoad, recordIn, startRegistry, variableOf } from '../support/road.ts'
import type { Road, RoadOptions } from '../support/road.ts'
import { putOrders, restore, standingManifest } from '../support/standing.ts'

async function devAndStaging(t: Cleanup, options: RoadOptions = {}): Promise<Road> {
  const road = await openRoad(t, { git: false, ...options })
  road.only('dev', 'staging')
  return road
}

const keyOf = (who: string) => `env://${variableOf(who)}`

async function hold(road: Road, words: Partial<HoldCommand & { application: string }> = {}) {
  const w = await road.open()
  const key = keyOf('ops')
  const base = { application: APP, environment: 'staging', word: 'hold', reason: 'incident 7', key } as const
  return w.hold({ ...base, ...words })
}

const gateOf = ({ verdict }: Outcome, name: string) => verdict.gates.find(({ gate }) => gate === name)
const holdOf = (outcome: Outcome) => gateOf(outcome, 'hold')

const said = (road: Road, more: object = {}) => ({
  application: APP,
  environment: 'staging',
  reason: 'by hand',
  createdOn: road.now.toISOString(),
  ...more,
})

describe('a hold', () => {
  it('stops a promotion with who and why, shows in status, and goes when it is released', async (t) => {
    const road = await devAndStaging(t)
    await road.carry('one', {}, 'dev')
    assert.equal((await hold(road)).outcome, 'written')
    assert.equal((await hold(road)).outcome, 'already')
    const refused = await road.promote('staging')
    assert.equal(refused.outcome, 'refused')
    assert.match(
      holdOf(refused)?.reason ?? '',
      /^It is held by ops@contoso.example since .*: "incident 7"\.$/,
    )
    const w = await road.open()
    const [, staging] = (await w.status({})).applications[0]?.environments ?? []
    assert.deepEqual([staging?.hold?.by, staging?.hold?.reason], ['ops@contoso.example', 'incident 7'])
    const cli = await road.cli(['promote', APP, '--to', 'staging'])
    assert.deepEqual([cli.code, /FAIL.*hold/.test(cli.stdout)], [3, true], cli.stdout)

    await assert.rejects(hold(road, { word: 'clear' }), { code: 'HOLD_STANDS' })
    road.later(1)
    assert.equal((await hold(road, { word: 'release', reason: 'over' })).outcome, 'written')
    assert.equal((await hold(road, { word: 'release', reason: 'over' })).outcome, 'already')
    const done = await road.promote('staging')
    assert.equal(done.outcome, 'promoted')
    // What it rests on is kept with the place; whoever can read that finds all of it.
    const { checks } = await w.verify({ reference: `${road.repository('staging')}@${done.digest}` })
    const record = checks.find(({ what }) => what === 'record 1 of ordersvc in staging')
    assert.deepEqual([record?.result, /not here/.test(record?.reason ?? '')], ['pass', false], record?.reason)
  })

  it('with an end waits for it (exit 4), then it has ended', async (t) => {
    const road = await devAndStaging(t)
    await road.carry('one', {}, 'dev')
    await hold(road, { until: '2h' })
    const waiting = await road.promote('staging')
    assert.deepEqual([waiting.outcome, holdOf(waiting)?.earliest], ['pending', '2025-03-03T11:01:00Z'])
    road.later(121)
    const after = await road.promote('staging')
    assert.equal(after.outcome, 'promoted')
    assert.match(holdOf(after)?.reason ?? '', /ended on/)
    await assert.rejects(hold(road, { until: '2020-01-01' }), { code: 'TIME_INVALID' })
  })

  it('stops no rollback', async (t) => {
    const road = await devAndStaging(t)
    const a = await road.carry('a', {}, 'dev')
    await road.carry('b', {}, 'dev')
    await hold(road, { environment: 'dev' })
    const back = await (await road.open()).rollback({ application: APP, environment: 'dev' })
    assert.deepEqual([back.outcome, back.digest], ['promoted', a])
  })

  it('of other hands, places and times counts for nothing, or for not knowing', async (t) => {
    const road = await devAndStaging(t)
    await road.carry('one', {}, 'dev')
    const plan = async () => holdOf(await road.promote('staging', { dryRun: true }))
    await putOrders(road, 'staging', { predicate: said(road, { state: 'held' }), key: 'stranger' })
    await putOrders(road, 'staging', { predicate: said(road, { state: 'held' }), key: 'alice' })
    const foreign = await plan()
    assert.equal(foreign?.result, 'pass')
    assert.match(foreign?.reason ?? '', /2 others found that does not count \(foreign/)
    await putOrders(
      road,
      'staging',
      { predicate: said(road, { state: 'held' }), key: 'ops', environment: 'dev' },
      { predicate: said(road, { state: 'held', environment: 'dev' }), key: 'ops' },
      { predicate: said(road, { state: 'held' }), key: 'ops', application: 'paysvc' },
    )
    assert.equal((await plan())?.result, 'pass')
    await hold(road)
    // A release that is replayed from another place, or signed by somebody else, ends nothing.
    road.later(1)
    const release = said(road, { state: 'released' })
    await putOrders(
      road,
      'staging',
      { predicate: release, key: 'stranger' },
      { predicate: release, key: 'ops', environment: 'dev' },
      { predicate: { ...release, environment: 'dev' }, key: 'ops' },
    )
    assert.equal((await plan())?.result, 'fail')
    // At the very same time the hold stands.
    await hold(road, { reason: 'again' })
    await putOrders(road, 'staging', { predicate: release, key: 'ops' })
    assert.equal((await plan())?.result, 'fail')
    const future = said(road, { state: 'released', createdOn: '2031-01-01T00:00:00Z' })
    await putOrders(road, 'staging', { predicate: future, key: 'ops' })
    assert.deepEqual(
      [(await plan())?.result, /in the future/.test((await plan())?.reason ?? '')],
      ['error', true],
    )
  })

  it('that cannot be read is not taken for no hold', async (t) => {
    const road = await devAndStaging(t)
    await road.carry('one', {}, 'dev')
    await putOrders(road, 'staging', { predicate: said(road, { state: 'on fire' }), key: 'ops' })
    const unread = await road.promote('staging')
    assert.deepEqual([unread.outcome, holdOf(unread)?.result], ['error', 'error'])
    // What is no bundle at all hides nothing and stops nothing.
    await hold(road)
    const junk = ['', '{}', '[[[[', '{"mediaType":1}', '\u0000'].map((text) => Buffer.from(text))
    await putOrders(road, 'staging', ...junk)
    const held = holdOf(await road.promote('staging'))
    assert.equal(held?.result, 'error', 'the unreadable order is still there')
    const [, listed] = (await (await road.open()).status({})).applications[0]?.environments ?? []
    assert.equal(listed?.hold?.reason, 'incident 7')
    // The tag names an image: whoever put it there hides what was ordered.
    const store = road.store('staging')
    const image = await store.manifest('dev')
    assert.ok(image)
    await store.putTag('standing.staging', image)
    await assert.rejects(road.promote('staging'), { code: 'STANDING_INVALID', exit: 3 })
  })

  it('replayed and withheld: an older release brings nothing back, and silence is no answer with maxAge', async (t) => {
    const road = await devAndStaging(t)
    road.change('staging', { gates: [{ passed: { environment: 'dev' } }, { hold: { maxAge: '1h' } }] })
    await road.carry('one', {}, 'dev')
    const silent = await road.promote('staging')
    assert.deepEqual([silent.outcome, holdOf(silent)?.result], ['error', 'error'])
    assert.match(holdOf(silent)?.reason ?? '', /Nobody has said/)
    await hold(road, { word: 'clear', reason: 'nothing known' })
    assert.equal((await road.promote('staging', { dryRun: true })).outcome, 'planned')
    const before = await standingManifest(road, 'staging')
    assert.ok(before)
    road.later(1)
    await hold(road)
    assert.equal((await road.promote('staging')).outcome, 'refused')
    // `clear`, said by a machine that has not heard of the hold, ends nothing.
    road.later(1)
    await putOrders(road, 'staging', { predicate: said(road, { state: 'clear' }), key: 'ops' })
    assert.equal((await road.promote('staging')).outcome, 'refused')
    // Whoever may write the tag puts back the list from before the hold. That helps for an hour at most.
    await restore(road, 'staging', before)
    road.later(60)
    const stale = await road.promote('staging')
    assert.equal(holdOf(stale)?.result, 'error')
    assert.match(holdOf(stale)?.reason ?? '', /is 1h 2m old/)
  })

  it('for every application, one line each; wrong words are usage errors', async (t) => {
    const road = await devAndStaging(t)
    road.config.applications['paysvc'] = {}
    road.write()
    const all = await road.cli([
      'hold',
      '--all',
      'dev',
      '--reason',
      'year end',
      '--key',
      keyOf('ops'),
      '-o',
      'json',
    ])
    assert.equal(all.code, 0, all.stderr)
    const answer = JSON.parse(all.stdout) as {
      kind: string
      places: { application: string; outcome: string }[]
    }
    assert.deepEqual(
      answer.places.map(({ application, outcome }) => [application, outcome]),
      [
        [APP, 'written'],
        ['paysvc', 'written'],
      ],
    )
    const wrong: readonly (readonly string[])[] = [
      ['hold', APP, 'dev', '--key', keyOf('ops')],
      ['hold', APP, '--reason', 'x', '--key', keyOf('ops')],
      ['hold', '--all', APP, 'dev', '--reason', 'x', '--key', keyOf('ops')],
      ['hold', APP, 'dev', '--reason', 'x', '--release', '--admit', 'dev', '--key', keyOf('ops')],
      ['hold', APP, 'dev', '--reason', 'x', '--release', '--until', '1h', '--key', keyOf('ops')],
    ]
    for (const words of wrong) assert.equal((await road.cli(words)).code, 2, words.join(' '))
    await assert.rejects(hold(road, { key: keyOf('alice') }), { code: 'SIGNER_UNTRUSTED' })
  })
})

const isStandingWrite = ({ method, path }: IncomingRequest) =>
  method !== 'GET' && method !== 'HEAD' && path.includes(`/${APP}/`)

describe('writing standing orders', () => {
  it('survives a crash at every write: the next run adds the order once', async (t) => {
    const road = await devAndStaging(t)
    await road.build('one')
    let crashed = 0
    for (let at = 0, more = true; more; at++) {
      assert.ok(at < 12)
      const death = new AbortController()
      let writes = 0
      road.nonprod.fault = (request): Fault | undefined => {
        if (!isStandingWrite(request) || writes++ < at) return undefined
        setTimeout(() => death.abort(), 0)
        return { truncateAt: 0 }
      }
      const w = await road.open(undefined, death.signal)
      const order = { application: APP, environment: 'dev', word: 'hold', key: keyOf('ops') } as const
      const reason = `crash ${at}`
      more = await w.hold({ ...order, reason }).then(
        () => false,
        () => true,
      )
      crashed += Number(more)
      road.nonprod.fault = undefined
      await w.close()
      road.later(1)
      await hold(road, { environment: 'dev', reason })
      const [dev] = (await (await road.open()).status({})).applications[0]?.environments ?? []
      assert.equal(dev?.hold?.reason, reason)
      road.later(1)
    }
    assert.ok(crashed >= 3, `only ${crashed} crashes`)
  })

  for (const conditions of [true, false])
    it(`keeps what two write at once, conditions ${conditions ? 'honoured' : 'ignored'}`, async (t) => {
      const inner = await startRegistry(t, 'embedded')
      const lab = await throughProxy(t, inner, { conditions })
      const road = await devAndStaging(t, { lab })
      const barred = ['1', '2', '3', '4'].map((digit) => `sha256:${digit.repeat(64)}`)
      const all = barred.map((image) =>
        hold(road, { environment: 'dev', word: 'quarantine', image, reason: image }),
      )
      for (const { outcome } of await Promise.all(all)) assert.equal(outcome, 'written')
      const [dev] = (await (await road.open()).status({})).applications[0]?.environments ?? []
      assert.deepEqual(dev?.quarantined?.map(({ digest }) => digest).toSorted(), barred)
    })
})

describe('quarantine', () => {
  it('by hand bars a digest before it comes, and admitting lets it in', async (t) => {
    const road = await devAndStaging(t)
    const digest = await road.carry('one', {}, 'dev')
    await hold(road, { word: 'quarantine', image: digest, reason: 'leaks' })
    const refused = await road.promote('staging')
    assert.match(gateOf(refused, 'quarantine')?.reason ?? '', /^Barred by ops@contoso.example on .*"leaks"/)
    // Admitted in the same moment: the bar stands.
    await putOrders(road, 'staging', {
      predicate: said(road, { admit: [{ digest, reason: 'x' }] }),
      key: 'ops',
    })
    assert.equal((await road.promote('staging')).outcome, 'refused')
    road.later(1)
    await hold(road, { word: 'admit', image: digest, reason: 'was another one' })
    assert.equal((await road.promote('staging')).outcome, 'promoted')
  })

  it('is told by the newest record, and by the chain where records are older than the list', async (t) => {
    const road = await devAndStaging(t)
    const a = await road.carry('a', {}, 'dev')
    const b = await road.carry('b', {}, 'dev')
    const w = await road.open()
    road.later(1)
    await w.rollback({ application: APP, environment: 'dev', reason: 'b is bad' })
    await forgetList(road, a)
    road.later(1)
    assert.equal((await road.promote('dev', { image: b })).outcome, 'refused')
    const c = await road.carry('c', {}, 'dev')
    const refused = await road.promote('dev', { image: b })
    assert.match(gateOf(refused, 'quarantine')?.reason ?? '', /by record 3 on .*"b is bad"/)
    const [dev] = (await w.status({})).applications[0]?.environments ?? []
    assert.deepEqual(
      dev?.quarantined?.map(({ digest, by }) => [digest, by]),
      [[b, 'record 3']],
    )
    assert.equal((await w.rollback({ application: APP, environment: 'dev', dryRun: true })).digest, a)
    assert.notEqual(c, b)
  })
})

/** The newest record as an older version would have written it: without the list. */
async function forgetList(road: Road, digest: Digest) {
  const store = road.store('dev')
  const head = await store.manifest('promotions.dev')
  assert.ok(head)
  const { quarantined, ...older } = (await recordIn(store, head.descriptor.digest)) ?? {}
  assert.equal(quarantined?.length, 1)
  await store.deleteManifest(head.descriptor.digest)
  await store.putTag('promotions.dev', await road.say(store, digest, 'promotion', older, 'promotion'))
}

const EXCEPTIONS = {
  waive: { roles: ['security'], maxDuration: '30d', notAuthor: true },
  breakGlass: { roles: ['incident-commander'], maxAge: '4h' },
}

async function testsRoad(t: Cleanup, options: RoadOptions = {}): Promise<Road> {
  const road = await devAndStaging(t, options)
  const gates = [{ passed: { environment: 'dev' } }, { tests: { suites: ['e2e'] } }]
  road.change('staging', { gates, exceptions: EXCEPTIONS })
  return road
}

async function waive(road: Road, words: object = {}) {
  const w = await road.open()
  const base = {
    application: APP,
    environment: 'staging',
    gate: 'tests',
    reason: 'no e2e yet',
    validFor: '7d',
  }
  return w.waive({ ...base, key: keyOf('ops'), ...words })
}

const testsOf = (outcome: Outcome) => gateOf(outcome, 'tests')

const waiverOf = (road: Road, more: object = {}) => ({
  application: APP,
  environment: 'staging',
  gate: 'tests',
  reason: 'by hand',
  approver: 'ops',
  createdOn: road.now.toISOString(),
  notAfter: new Date(road.now.getTime() + 86_400_000).toISOString(),
  ...more,
})

describe('a waiver', () => {
  it('of one image lets it in as WAIVED, is in the record, and for no other image', async (t) => {
    const road = await testsRoad(t)
    const digest = await road.carry('one', {}, 'dev')
    assert.equal((await road.promote('staging')).outcome, 'refused')
    const given = await waive(road)
    assert.deepEqual([given.kind, given.outcome, given.digest], ['waiver', 'attached', digest])
    assert.equal((await waive(road)).outcome, 'already')
    const done = await road.promote('staging')
    assert.equal(done.outcome, 'promoted')
    assert.equal(testsOf(done)?.result, 'waived')
    assert.match(
      testsOf(done)?.reason ?? '',
      /^Waived by ops@contoso.example until .*: "no e2e yet"\. It was fail: /,
    )
    assert.ok(given.payload && testsOf(done)?.evidence.includes(given.payload))
    const [record] = await road.chain('staging')
    assert.deepEqual(
      [record?.kind, record?.gates.find(({ gate }) => gate === 'tests')?.result],
      ['promote', 'waived'],
    )
    const w = await road.open()
    const verified = await w.verify({ reference: digest, application: APP })
    assert.equal(verified.result, 'pass')
    assert.ok(verified.checks.some(({ what, result }) => what === 'waived' && result === 'note'))

    road.later(1)
    await road.carry('two', {}, 'dev')
    assert.equal((await road.promote('staging')).outcome, 'refused')
  })

  it('of every image, listed, exported, ended early and forgotten by nobody', async (t) => {
    const road = await testsRoad(t)
    await road.carry('one', {}, 'dev')
    const given = await waive(road, { everyImage: true, ticket: 'CHG-1' })
    assert.equal(given.outcome, 'attached')
    assert.equal((await waive(road, { everyImage: true, ticket: 'CHG-1' })).outcome, 'already')
    assert.equal((await road.promote('staging', { dryRun: true })).outcome, 'planned')
    const w = await road.open()
    const place = { application: APP, environment: 'staging' }
    const [listed] = (await w.waivers(place)).waivers
    assert.deepEqual(
      [listed?.state, listed?.by, listed?.ticket],
      ['in force', 'ops@contoso.example', 'CHG-1'],
    )

    road.later(1)
    const words = {
      ...place,
      waiver: String(given.payload).slice(7, 19),
      reason: 'there are tests',
      key: keyOf('ops'),
    }
    assert.equal((await w.revoke(words)).outcome, 'attached')
    const refused = await road.promote('staging')
    assert.equal(refused.outcome, 'refused')
    assert.match(testsOf(refused)?.reason ?? '', /do not count: the one of ops@contoso.example was replaced/)
    await assert.rejects(w.revoke(words), { code: 'WAIVER_UNKNOWN' })
    const after = (await w.waivers(place)).waivers
    assert.deepEqual(
      after.map(({ state }) => state),
      ['does not count', 'does not count'],
    )
  })

  it('ends by itself, and lasts no longer than the environment allows', async (t) => {
    const road = await testsRoad(t)
    const digest = await road.carry('one', {}, 'dev')
    await assert.rejects(waive(road, { validFor: '31d' }), { code: 'WAIVER_REFUSED' })
    await waive(road, { validFor: '1d' })
    road.later(24 * 60)
    assert.match(testsOf(await road.promote('staging'))?.reason ?? '', /ended on 2025-03-04/)
    const notAfter = '2031-01-01T00:00:00Z'
    await road.say(road.store('dev'), digest, 'waiver', waiverOf(road, { notAfter }), 'ops')
    assert.match(testsOf(await road.promote('staging'))?.reason ?? '', /lasts longer than the 30d/)
  })

  it('of other hands, digests, environments, applications, gates and times counts for nothing', async (t) => {
    const road = await testsRoad(t)
    const other = await road.build('other')
    const digest = await road.carry('one', {}, 'dev')
    const store = road.store('dev')
    const say = (more: object, key = 'ops') => road.say(store, digest, 'waiver', waiverOf(road, more), key)
    await say({}, 'stranger')
    await say({}, 'alice')
    await say({ environment: 'prod' })
    await say({ application: 'paysvc' })
    await say({ gate: 'passed' })
    await say({ createdOn: '2031-01-01T00:00:00Z', notAfter: '2031-01-02T00:00:00Z' })
    await say({ createdOn: '2025-01-01T00:00:00Z', notAfter: '2025-01-02T00:00:00Z' })
    await say({ findings: ['e2e one'] })
    await road.say(store, other, 'waiver', waiverOf(road), 'ops')
    await putOrders(
      road,
      'staging',
      { type: 'waiver', predicate: waiverOf(road), key: 'stranger' },
      { type: 'waiver', predicate: waiverOf(road), key: 'ops', environment: 'dev' },
      { type: 'waiver', predicate: waiverOf(road, { environment: 'dev' }), key: 'ops' },
    )
    const refused = await road.promote('staging')
    assert.deepEqual([refused.outcome, testsOf(refused)?.result], ['refused', 'fail'])
    await say({})
    assert.equal((await road.promote('staging', { dryRun: true })).outcome, 'planned')
  })

  it('by the wrong role, by the author, of provenance or of a hold is not signed, and does not count', async (t) => {
    const road = await testsRoad(t, {
      trust: (signers) => {
        for (const signer of signers) if (signer.id === 'alice') signer['mayAssert'] = ['waiver']
      },
    })
    const digest = await road.carry('one', { author: 'ops@contoso.example' }, 'dev')
    await assert.rejects(waive(road, { key: keyOf('alice') }), { code: 'WAIVER_REFUSED' })
    await assert.rejects(waive(road), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'WAIVER_REFUSED')
      assert.match(error.message, /is the author of the commit/)
      return true
    })
    await assert.rejects(waive(road, { gate: 'hold' }), { code: 'WAIVER_REFUSED' })
    await assert.rejects(waive(road, { gate: 'licences' }), { code: 'WAIVER_REFUSED' })
    for (const key of ['alice', 'ops'])
      await road.say(road.store('dev'), digest, 'waiver', waiverOf(road), key)
    const { reason } = testsOf(await road.promote('staging')) ?? {}
    assert.match(reason ?? '', /has none of the roles/)
    assert.match(reason ?? '', /is the author of the commit/)

    // Where it comes from is waived only where the environment says so by name.
    const gates = [{ passed: { environment: 'dev' } }, { provenance: { branches: ['main'] } }]
    road.change('staging', { gates, exceptions: {} })
    await assert.rejects(waive(road, { gate: 'provenance' }), { code: 'WAIVER_REFUSED' })
    road.change('staging', { gates, exceptions: { waive: { gates: ['provenance'], notAuthor: false } } })
    await waive(road, { gate: 'provenance' })
    assert.equal(gateOf(await road.promote('staging', { dryRun: true }), 'provenance')?.result, 'waived')
    await assert.rejects(waive(road, { gate: 'passed' }), { code: 'WAIVER_REFUSED' })
  })

  it('covers what could not be told only when it says so', async (t) => {
    const road = await testsRoad(t)
    road.change('staging', { gates: [{ cel: 'evidence.coverage.line >= 80' }], exceptions: EXCEPTIONS })
    await road.carry('one', {}, 'dev')
    await waive(road, { gate: 'cel' })
    assert.equal((await road.promote('staging')).outcome, 'error')
    road.later(1)
    await waive(road, { gate: 'cel', evenOnError: true })
    const covered = gateOf(await road.promote('staging', { dryRun: true }), 'cel')
    assert.equal(covered?.result, 'waived')
    assert.match(covered?.reason ?? '', /It was error: /)
  })

  it('on the command line, with VEX in and out', async (t) => {
    const road = await devAndStaging(t)
    await road.carry('one', {}, 'dev')
    const place = ['waive', APP, 'staging']
    assert.equal((await road.cli([...place, '--list', '--gate', 'tests'])).code, 2)
    assert.equal((await road.cli(place)).code, 2)
    const { writeFile, readFile } = await import('node:fs/promises')
    const vex = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://example.com/vex/1',
      author: 'ops',
      timestamp: '2025-03-03T09:00:00Z',
      version: 1,
      statements: [
        {
          vulnerability: { name: 'CVE-2026-1234' },
          status: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
        },
      ],
    }
    await writeFile(`${road.directory}/app.json`, JSON.stringify(vex))
    const w = await road.open()
    const [head] = await road.chain('dev')
    assert.ok(head)
    const order = { application: APP, image: head.digest, environment: 'dev', key: keyOf('ops') }
    const said = (file: string) =>
      w.attestReports({ ...order, reports: { kind: 'files', files: [`${road.directory}/${file}`] } })
    assert.deepEqual(
      (await said('app.json')).attestations.map(({ outcome, predicateType }) => [outcome, predicateType]),
      [['attached', predicateTypes.vex]],
    )
    assert.equal((await said('app.json')).attestations[0]?.outcome, 'already')
    const flawed = { ...vex, statements: [{ status: 'fine' }] }
    await writeFile(`${road.directory}/bad.json`, JSON.stringify(flawed))
    await assert.rejects(said('bad.json'), { code: 'REPORT_INVALID' })

    const predicate = waiverOf(road, {
      gate: 'vulnerabilities',
      findings: ['CVE-2026-1234'],
      packages: ['pkg:npm/left-pad@1.0.0'],
      notAfter: '2099-01-01T00:00:00Z',
    })
    await putOrders(road, 'staging', { type: 'waiver', predicate, key: 'ops' })
    const listed = await road.cli([...place, '--export-vex', 'out.json'])
    assert.equal(listed.code, 0, listed.stderr)
    assert.match(listed.stdout, /WAIVED[^]*CVE-2026-1234[^]*every image[^]*wrote out.json/)
    const out = JSON.parse(await readFile(`${road.directory}/out.json`, 'utf8')) as typeof vex
    assert.deepEqual(
      out.statements.map(({ vulnerability, status }) => [vulnerability.name, status]),
      [['CVE-2026-1234', 'affected']],
    )
  })
})

async function breakGlass(road: Road, image: string, words: object = {}) {
  const w = await road.open()
  const base = {
    application: APP,
    environment: 'staging',
    image,
    reason: 'payments are down',
    key: keyOf('ops'),
  }
  return w.breakGlass({ ...base, ...words })
}

const force = (road: Road, image?: string) =>
  road.promote('staging', { breakGlass: true, ...(image && { image }) })

describe('break-glass', () => {
  it('forces one digest in, says so everywhere, and gives no pass mark', async (t) => {
    const road = await testsRoad(t, { git: true })
    const digest = await road.carry('one', {}, 'dev')
    const none = await force(road)
    assert.equal(none.outcome, 'refused')
    assert.match(gateOf(none, 'break-glass')?.reason ?? '', /^Found none for this digest/)
    const given = await breakGlass(road, digest)
    assert.deepEqual([given.kind, given.outcome], ['break-glass', 'attached'])
    // Lying around, it does nothing.
    assert.equal((await road.promote('staging')).outcome, 'refused')

    const warnings: string[] = []
    const w = await road.open((step) => void (step.kind === 'warning' && warnings.push(step.message)))
    const done = await w.promote({ application: APP, to: 'staging', breakGlass: true, version: '1.4.0' })
    assert.equal(done.outcome, 'promoted', JSON.stringify(done.verdict))
    assert.deepEqual(done.breakGlass, [given.payload])
    assert.match(testsOf(done)?.reason ?? '', /^Break-glass by ops@contoso.example\. It was fail: /)
    assert.ok(done.verdict.gates.every(({ gate, result }) => gate !== 'tests' || result === 'waived'))
    assert.match(warnings.join(), /Break-glass: forced into staging .*: tests\./)
    assert.match(done.warnings.join(), /no pass mark by itself/)
    assert.equal(done.proof, undefined)

    const [record] = await road.chain('staging')
    assert.deepEqual([record?.kind, record?.breakGlass], ['break-glass', [given.payload]])
    assert.match(
      road.commits()[0] ?? '',
      new RegExp(`^Break glass: force[^]*\nBreak-Glass: ${given.payload}`, 'm'),
    )
    const told = {
      status: await road.cli(['status']),
      history: await road.cli(['history', APP, 'staging', '-o', 'markdown']),
      trace: await road.cli(['trace', digest]),
      page: await road.cli(['trace', digest, '-o', 'html']),
      again: await road.cli(['promote', APP, '--to', 'staging']),
    }
    for (const [name, { stdout }] of Object.entries(told)) assert.match(stdout, /break-glass/i, name)
    assert.match(told.page.stdout, /badge fail[^]*FORCED/)
    assert.equal(told.again.code, 0)
    const verified = await w.verify({ reference: digest, application: APP })
    assert.ok(verified.checks.some(({ what, result }) => what === 'BREAK-GLASS' && result === 'note'))
    const status = (await w.status({})).applications[0]?.environments[1]
    assert.deepEqual([status?.kind, status?.passed], ['break-glass', false])
    road.later(1)
    await w.pass({ application: APP, environment: 'staging' })
    assert.equal((await w.status({})).applications[0]?.environments[1]?.passed, true)
  })

  it('goes past an environment that the digest never was in, and the record does not say it came from there', async (t) => {
    const road = await testsRoad(t)
    const digest = await road.build('hotfix')
    await breakGlass(road, digest)
    assert.equal((await road.promote('staging', { image: digest })).outcome, 'refused')
    const done = await force(road, digest)
    assert.equal(done.outcome, 'promoted', JSON.stringify(done.verdict))
    assert.equal(gateOf(done, 'after')?.result, 'waived')
    const [record] = await road.chain('staging')
    assert.notEqual(record?.from, 'dev')
  })

  it('is not needed where the gates let it in', async (t) => {
    const road = await testsRoad(t)
    road.change('staging', { gates: [] })
    const digest = await road.carry('one', {}, 'dev')
    await breakGlass(road, digest)
    const done = await force(road)
    assert.deepEqual(
      [done.outcome, done.breakGlass, (await road.chain('staging'))[0]?.kind],
      ['promoted', undefined, 'promote'],
    )
  })

  it('replayed on another digest, environment or policy, by the wrong hand, or late, opens nothing', async (t) => {
    const road = await testsRoad(t)
    const one = await road.carry('one', {}, 'dev')
    const given = await breakGlass(road, one, { validFor: '2h' })
    assert.equal(given.outcome, 'attached')
    const allowed = async () => (await road.promote('staging', { breakGlass: true, dryRun: true })).outcome
    assert.equal(await allowed(), 'planned')

    const two = await road.carry('two', {}, 'dev')
    assert.equal(await allowed(), 'refused')
    const word = (more: object = {}) => ({
      application: APP,
      environment: 'staging',
      reason: 'x',
      approver: 'x',
      policy: { digest: `sha256:${'0'.repeat(64)}` },
      createdOn: road.now.toISOString(),
      notAfter: new Date(road.now.getTime() + 3_600_000).toISOString(),
      ...more,
    })
    const say = (more: object, key = 'ops') =>
      road.say(road.store('dev'), two, 'break-glass', word(more), key)
    await say({})
    await say({ environment: 'dev' })
    await say({}, 'stranger')
    await say({}, 'alice')
    assert.equal(await allowed(), 'refused')

    await road.promote('dev', { image: one })
    assert.equal(await allowed(), 'planned')
    // The policy changes: what was allowed is no longer what would happen.
    const { gates } = road.config.environments['staging'] ?? {}
    road.change('staging', { gates: [...(gates as object[]), { cel: '!build.dirty' }] })
    assert.equal(await allowed(), 'refused')
    road.change('staging', { gates })
    assert.equal(await allowed(), 'planned')
    road.later(121)
    assert.match(
      gateOf(await road.promote('staging', { breakGlass: true }), 'break-glass')?.reason ?? '',
      /ended on/,
    )
  })

  it('is denied by default, to the wrong role, and for longer than is allowed', async (t) => {
    const road = await testsRoad(t)
    const digest = await road.carry('one', {}, 'dev')
    await assert.rejects(breakGlass(road, digest, { validFor: '5h' }), { code: 'BREAK_GLASS_REFUSED' })
    await assert.rejects(breakGlass(road, digest, { key: keyOf('alice') }), { code: 'BREAK_GLASS_REFUSED' })
    road.change('staging', { exceptions: { breakGlass: { roles: ['incident-commander'], count: 2 } } })
    await breakGlass(road, digest)
    const alone = await force(road)
    assert.match(gateOf(alone, 'break-glass')?.reason ?? '', /required: 2 signed/)
    road.change('staging', { exceptions: {} })
    await assert.rejects(breakGlass(road, digest), { code: 'BREAK_GLASS_REFUSED', exit: 3 })
    const refused = await force(road)
    assert.match(gateOf(refused, 'break-glass')?.reason ?? '', /no exceptions\.breakGlass/)
  })

  it('goes past a hold and a quarantine that stood, and not past those set afterwards', async (t) => {
    const road = await testsRoad(t)
    const digest = await road.carry('one', {}, 'dev')
    await hold(road)
    await hold(road, { word: 'quarantine', image: digest, reason: 'leaks' })
    road.later(1)
    await breakGlass(road, digest)
    assert.equal((await road.promote('staging', { breakGlass: true, dryRun: true })).outcome, 'planned')
    road.later(1)
    await hold(road, { reason: 'really stop' })
    const stopped = await force(road)
    assert.deepEqual([stopped.outcome, holdOf(stopped)?.result], ['refused', 'fail'])
    assert.deepEqual(stopped.warnings, [], 'nothing was forced')
    road.later(1)
    await hold(road, { word: 'release', reason: 'over' })
    const done = await force(road)
    assert.equal(done.outcome, 'promoted', JSON.stringify(done.verdict))
    // Forced in once is not let in for ever.
    const w = await road.open()
    road.later(1)
    await road.carry('two', {}, 'dev')
    await waive(road, { everyImage: true })
    await road.promote('staging')
    road.later(1)
    const back = await road.promote('staging', { image: digest })
    assert.equal(gateOf(back, 'quarantine')?.result, 'fail')
    await w.close()
  })

  it('does not go past a record chain that does not hold', async (t) => {
    const road = await testsRoad(t)
    const digest = await road.carry('one', {}, 'dev')
    await breakGlass(road, digest)
    const store = road.store('staging')
    const image = await store.manifest('dev')
    assert.ok(image)
    await store.putTag('promotions.staging', image)
    await assert.rejects(force(road), { code: 'RECORD_INVALID' })
  })
})
