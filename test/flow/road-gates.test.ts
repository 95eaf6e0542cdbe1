import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ApproveCommand, Outcome } from '../../src/promotion/index.ts'
import type { Cleanup } from '../support/registries.ts'
import { APP, imageTag, openRoad, tested, variableOf } from '../support/road.ts'
import type { About, Road } from '../support/road.ts'

describe('what CI signed', () => {
  let road: Road
  const ends: (() => Promise<void> | void)[] = []
  before(async () => {
    road = await openRoad({ after: (end) => void ends.push(end) }, { git: false })
    road.only('dev')
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  const refusals: Readonly<Record<string, [About, string, RegExp]>> = {
    'a pull-request build': [
      { event: 'pull-request', branch: 'refs/pull/101/merge' },
      'provenance',
      /pull request/,
    ],
    'a pull request that calls itself a push': [
      { branch: 'refs/pull/9/merge' },
      'provenance',
      /pull request/,
    ],
    'another branch': [
      { branch: 'refs/heads/feature/x' },
      'provenance',
      /branch "feature\/x", required: dev/,
    ],
    'a dirty tree': [{ dirty: true }, 'provenance', /uncommitted/],
    'no provenance': [{ provenance: false }, 'provenance', /No signed provenance/],
    'provenance signed by a stranger': [{ provenance: 'stranger' }, 'provenance', /foreign/],
    'provenance signed with the key for tests': [{ provenance: 'tests' }, 'provenance', /foreign.*ci-tests/],
    'not signed': [{ signature: false }, 'signature', /Not signed/],
    'signed with the key for provenance': [{ signature: 'build' }, 'signature', /foreign/],
    'failed tests': [{ unit: 'FAILED' }, 'tests', /unit: FAILED/],
    'no tests': [{ unit: false }, 'tests', /no signed test result/],
    'tests signed by a stranger': [{ unitKey: 'stranger' }, 'tests', /foreign/],
  }
  for (const [name, [about, gate, reason]] of Object.entries(refusals)) {
    it(`refused: ${name}`, async () => {
      const digest = await road.build(name, about)
      const outcome = await road.promote('dev', { image: imageTag(name) })
      assert.equal(outcome.outcome, 'refused')
      const failed = outcome.verdict.gates.filter((one) => one.result !== 'pass')
      assert.deepEqual(
        failed.map((one) => one.gate),
        [gate],
      )
      assert.match(failed[0]?.reason ?? '', reason)
      assert.equal(outcome.record, undefined)
      // Nothing half written.
      assert.deepEqual(await road.recordsOn(digest, 'dev'), [])
      assert.equal(await road.tag('dev', 'promotions.dev'), undefined)
      assert.equal(await road.tag('dev', 'dev'), undefined)
    })
  }

  it('refused: a failure beside a success', async () => {
    const digest = await road.build('flaky')
    await road.say(road.store('dev'), digest, 'test-result', tested('unit', 'FAILED'), 'tests')
    assert.equal((await road.promote('dev', { image: digest })).outcome, 'refused')
  })

  it('refused on the command line: exit 3, and JSON says why', async () => {
    await road.build('cli', { unit: 'FAILED' })
    const done = await road.cli(['promote', APP, '--to', 'dev', '--image', imageTag('cli'), '-o', 'json'])
    const outcome = JSON.parse(done.stdout) as Outcome
    assert.deepEqual([done.code, outcome.kind, outcome.outcome], [3, 'promotion', 'refused'])
    assert.equal(outcome.verdict.gates.find((gate) => gate.gate === 'tests')?.result, 'fail')
  })
})

const APPROVAL = { approval: { count: 1, roles: ['release-manager'], notAuthor: true } }

async function approvalRoad(t: Cleanup, gate: object = APPROVAL): Promise<Road> {
  const road = await openRoad(t, { git: false })
  road.only('dev', 'prod')
  road.change('prod', { gates: [{ passed: { environment: 'dev' } }, gate] })
  return road
}

async function approve(road: Road, who: string, command: Partial<ApproveCommand> = {}) {
  const w = await road.open()
  const key = `env://${variableOf(who)}`
  return w.approve({ application: APP, environment: 'prod', decision: 'approve', key, ...command })
}

const approvalOf = ({ verdict }: Outcome) => verdict.gates.find((gate) => gate.gate === 'approval')

describe('approvals', () => {
  it('missing: pending, who is waited for, exit 4; then it passes, and the record carries it', async (t) => {
    const road = await approvalRoad(t)
    const digest = await road.carry('one', {}, 'dev')
    const pending = await road.promote('prod')
    assert.equal(pending.outcome, 'pending')
    assert.match(approvalOf(pending)?.reason ?? '', /Approved by nobody, 1 more approval required/)
    assert.deepEqual(approvalOf(pending)?.waitingFor, ['release-manager'])
    const cli = await road.cli(['promote', APP, '--to', 'prod'])
    assert.equal(cli.code, 4, cli.stderr)
    assert.match(cli.stdout, /release-manager/)
    assert.equal(await road.tag('prod', 'promotions.prod'), undefined)

    const given = await approve(road, 'alice', { reason: 'looks good' })
    assert.deepEqual([given.outcome, given.digest, given.signer], ['attached', digest, 'alice'])
    const done = await road.promote('prod')
    assert.equal(done.outcome, 'promoted', JSON.stringify(done.verdict))
    const [entry] = await road.chain('prod')
    assert.deepEqual(entry?.approvals, [given.payload])
    const trace = await (await road.open()).trace({ query: digest })
    assert.deepEqual(
      trace.approvals.map(({ approver, reason }) => [approver, reason]),
      [['alice@contoso.example', 'looks good']],
    )
  })

  it("the author's own, for another environment, another digest or another policy: none counts", async (t) => {
    const road = await approvalRoad(t)
    await road.carry('old', {}, 'dev')
    await approve(road, 'alice')
    const digest = await road.carry('one', { author: 'alice@contoso.example' }, 'dev')
    assert.match(approvalOf(await road.promote('prod'))?.reason ?? '', /Approved by nobody/)
    await approve(road, 'alice')
    assert.match(approvalOf(await road.promote('prod'))?.reason ?? '', /alice@contoso.example: is the author/)

    const store = road.store('dev')
    const policy = { digest: `sha256:${'0'.repeat(64)}` }
    const word = { decision: 'approve', application: APP, environment: 'dev', policy, approver: 'bob' }
    const createdOn = '2025-03-03T09:00:00Z'
    await road.say(store, digest, 'approval', { ...word, createdOn }, 'bob')
    assert.match(approvalOf(await road.promote('prod'))?.reason ?? '', /^Approved by nobody/)
    await road.say(store, digest, 'approval', { ...word, environment: 'prod', createdOn }, 'bob')
    assert.match(
      approvalOf(await road.promote('prod'))?.reason ?? '',
      /bob@contoso.example: given under another policy/,
    )

    await approve(road, 'bob')
    assert.equal((await road.promote('prod', { dryRun: true })).outcome, 'planned')
    // The policy changes: what was approved is no longer what would happen.
    const { gates } = road.config.environments['prod'] ?? {}
    road.change('prod', { gates: [...(gates as object[]), { cel: '!build.dirty' }] })
    assert.equal((await road.promote('prod')).outcome, 'pending')
  })

  it('by a key that may not approve: refused before anything is written', async (t) => {
    const road = await approvalRoad(t)
    await road.carry('one', {}, 'dev')
    await assert.rejects(approve(road, 'stranger'), { code: 'SIGNER_UNTRUSTED' })
    await assert.rejects(approve(road, 'tests'), { code: 'SIGNER_UNTRUSTED' })
  })

  it('approve, reject, approve: the last word counts, and saying it again is not lost', async (t) => {
    const road = await approvalRoad(t)
    await road.carry('one', {}, 'dev')
    assert.equal((await approve(road, 'bob')).outcome, 'attached')
    road.later(1)
    assert.equal((await approve(road, 'bob')).outcome, 'already')
    road.later(1)
    assert.equal(
      (await approve(road, 'bob', { decision: 'reject', reason: 'not today' })).outcome,
      'attached',
    )
    const rejected = await road.promote('prod')
    assert.equal(rejected.outcome, 'refused')
    assert.match(approvalOf(rejected)?.reason ?? '', /Rejected by bob@contoso.example: "not today"/)
    road.later(1)
    assert.equal((await approve(road, 'bob')).outcome, 'attached')
    assert.equal((await road.promote('prod')).outcome, 'promoted')
  })

  it('one that ran out can be given again', async (t) => {
    const road = await approvalRoad(t)
    await road.carry('one', {}, 'dev')
    await approve(road, 'bob', { validFor: '1h' })
    road.later(90)
    const late = await road.promote('prod')
    assert.match(approvalOf(late)?.reason ?? '', /expired on 2025-03-03T/)
    assert.equal((await approve(road, 'bob', { validFor: '1h' })).outcome, 'attached')
    assert.equal((await road.promote('prod')).outcome, 'promoted')
  })

  it('one that grew too old for the gate can be given again', async (t) => {
    const road = await approvalRoad(t, { approval: { roles: ['release-manager'], maxAge: '1h' } })
    await road.carry('one', {}, 'dev')
    await approve(road, 'bob')
    road.later(90)
    assert.match(approvalOf(await road.promote('prod'))?.reason ?? '', /too old/)
    assert.equal((await approve(road, 'bob')).outcome, 'attached')
    assert.equal((await road.promote('prod')).outcome, 'promoted')
  })
})

describe('time and expressions', () => {
  it('soak: pending with the earliest time, refused after another digest came between, passing later', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    road.change('prod', { gates: [{ passed: { environment: 'dev', soak: '30m' } }] })
    const digest = await road.carry('one', {}, 'dev')
    const pending = await road.promote('prod')
    const [gate] = pending.verdict.gates
    assert.deepEqual(
      [pending.outcome, gate?.result, gate?.earliest],
      ['pending', 'pending', '2025-03-03T09:30:00Z'],
    )
    road.later(20)
    assert.equal((await road.promote('prod')).outcome, 'pending')
    const other = await road.carry('two', {}, 'dev')
    assert.equal((await road.promote('prod', { image: digest })).outcome, 'refused')
    road.later(28)
    assert.equal((await road.promote('prod')).outcome, 'pending')
    road.later(2)
    const done = await road.promote('prod')
    assert.deepEqual([done.outcome, done.digest], ['promoted', other])
  })

  it('cel: true, false with its reason, and one that cannot be told (exit class error, nothing promoted)', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev')
    await road.build('one')
    const tell = async (expression: string) => {
      road.change('dev', { gates: [{ cel: { expression, reason: 'both platforms' } }] })
      const { outcome, verdict } = await road.promote('dev', { image: imageTag('one'), dryRun: true })
      return [outcome, verdict.gates[0]?.reason]
    }
    assert.equal((await tell('size(image.platforms) == 2 && !build.dirty'))[0], 'planned')
    assert.deepEqual(await tell('size(image.platforms) == 3'), ['refused', 'both platforms'])
    assert.equal((await tell('image.annotations["nobody"] == "x"'))[0], 'error')
  })

  it('a failing prove command: unproven, exit 3, and the next environment is closed until it passes', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    road.change('dev', { prove: [{ command: 'test -e ready' }] })
    await road.build('one')
    const image = imageTag('one')
    const first = await road.cli(['promote', APP, '--to', 'dev', '--image', image, '-o', 'json'])
    assert.deepEqual([first.code, (JSON.parse(first.stdout) as Outcome).outcome], [3, 'unproven'])
    assert.equal((await road.promote('prod')).outcome, 'refused')
    const w = await road.open()
    const row = async () => (await w.status({})).applications[0]?.environments
    assert.deepEqual(
      (await row())?.map(({ passed, candidate }) => [passed, candidate]),
      [
        [false, undefined],
        [false, undefined],
      ],
    )
    road.change('dev', { prove: [{ command: 'true' }] })
    const again = await road.cli(['promote', APP, '--to', 'dev', '--image', image, '-o', 'json'])
    assert.equal((JSON.parse(again.stdout) as Outcome).outcome, 'promoted', again.stdout)
    assert.equal((await row())?.[0]?.passed, true)
    // By the same clock: to the road's own the mark would be from the future.
    const prod = await road.cli(['promote', APP, '--to', 'prod', '-o', 'json'])
    assert.equal((JSON.parse(prod.stdout) as Outcome).outcome, 'promoted', prod.stdout)
    assert.equal((await road.chain('dev')).length, 1)
  })

  it('pass, taken back, passed again: the last word counts', async (t) => {
    const road = await openRoad(t, { git: false })
    road.only('dev', 'prod')
    await road.carry('one', {}, 'dev')
    const w = await road.open()
    const pass = (failed?: boolean) =>
      w.pass({ application: APP, environment: 'dev', ...(failed !== undefined && { failed }) })
    assert.equal((await pass()).outcome, 'already')
    assert.equal((await pass(true)).outcome, 'attached')
    assert.equal((await road.promote('prod')).outcome, 'refused')
    road.later(1)
    assert.equal((await pass()).outcome, 'attached')
    assert.equal((await road.promote('prod')).outcome, 'promoted')
  })
})
