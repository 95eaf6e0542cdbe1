import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/promotion/index.ts'
import { changeSystem, json } from '../support/change-system.ts'
import type { ChangeSystem } from '../support/change-system.ts'
import type { Cleanup } from '../support/registries.ts'
import { APP, openRoad, variableOf } from '../support/road.ts'
import type { Road } from '../support/road.ts'

async function ticketRoad(t: Cleanup, more: object = {}): Promise<{ road: Road; system: ChangeSystem }> {
  const system = await changeSystem(t)
  const road = await openRoad(t, { git: false })
  road.only('dev', 'prod')
  const ticket = {
    url: `${system.origin}/api/change/{ticket}`,
    token: 'env://SNOW_TOKEN',
    field: 'result.state',
    states: ['approved'],
    ...more,
  }
  road.env['SNOW_TOKEN'] = 'hunter2'
  road.change('prod', { gates: [{ passed: { environment: 'dev' } }, { ticket }] })
  await road.carry('one', {}, 'dev')
  return { road, system }
}

const gateOf = ({ verdict }: Outcome) => verdict.gates.find((gate) => gate.gate === 'ticket')
const told = (outcome: Outcome) => [outcome.outcome, gateOf(outcome)?.result]

describe('change tickets', () => {
  it('approved: promoted, and the record says by which ticket', async (t) => {
    const { road, system } = await ticketRoad(t)
    system.answer = json({ result: { state: 'approved' } })
    assert.deepEqual(told(await road.promote('prod')), ['pending', 'pending'])
    assert.deepEqual(system.asked, [])
    const done = await road.promote('prod', { ticket: 'CHG0012345' })
    assert.deepEqual(told(done), ['promoted', 'pass'], JSON.stringify(done.verdict))
    assert.deepEqual(system.asked, [{ path: '/api/change/CHG0012345', authorization: 'Bearer hunter2' }])
    const [entry] = await road.chain('prod')
    assert.match(entry?.gates.find(({ gate }) => gate === 'ticket')?.reason ?? '', /CHG0012345 is "approved"/)
  })

  it('another state or no such ticket: refused; no answer: an error; neither is ever promoted', async (t) => {
    const { road, system } = await ticketRoad(t)
    const ask = () => road.promote('prod', { ticket: 'CHG1' })
    assert.deepEqual(told(await ask()), ['refused', 'fail'])
    system.answer = json({ result: { state: 'new' } })
    assert.deepEqual(told(await ask()), ['refused', 'fail'])
    for (const answer of [
      json({}, 503),
      json({ result: {} }),
      json({ result: { state: 'approved' } }, 401),
    ]) {
      system.answer = answer
      assert.deepEqual(told(await ask()), ['error', 'error'])
    }
    assert.equal(await road.tag('prod', 'promotions.prod'), undefined)
  })

  it('on the command line: plan and promote take --ticket, with their exit codes', async (t) => {
    const { road, system } = await ticketRoad(t)
    const exit = async (...words: readonly string[]) => (await road.cli([...words, APP, '--to', 'prod'])).code
    system.answer = json({ result: { state: 'approved' } })
    assert.equal(await exit('plan', '--ticket', 'CHG1'), 0)
    assert.equal(await exit('plan'), 4)
    system.answer = json({}, 500)
    assert.equal(await exit('promote', '--ticket', 'CHG1'), 1)
    system.answer = json({}, 404)
    assert.equal(await exit('promote', '--ticket', 'CHG1'), 3)
    assert.equal(await exit('promote', '--ticket', '../../admin'), 1)
    assert.ok(system.asked.every(({ path }) => path === '/api/change/CHG1'))
  })

  it('named by approvals only: the command alone cannot choose one', async (t) => {
    const { road, system } = await ticketRoad(t, { approved: true })
    system.answer = json({ result: { state: 'approved' } })
    assert.deepEqual(told(await road.promote('prod', { ticket: 'CHG9' })), ['pending', 'pending'])
    const w = await road.open()
    const key = `env://${variableOf('alice')}`
    await w.approve({ application: APP, environment: 'prod', decision: 'approve', key, ticket: 'CHG7' })
    assert.deepEqual(told(await road.promote('prod', { ticket: 'CHG9' })), ['pending', 'pending'])
    const done = await road.promote('prod')
    assert.deepEqual(told(done), ['promoted', 'pass'], JSON.stringify(done.verdict))
    assert.equal(system.asked.at(-1)?.path, '/api/change/CHG7')
    assert.equal(gateOf(done)?.evidence.length, 1)
  })

  it('the token is not in the environment of prove commands', async (t) => {
    const { road, system } = await ticketRoad(t)
    system.answer = json({ result: { state: 'approved' } })
    road.env['NOT_SECRET'] = 'yes'
    road.change('prod', { prove: [{ command: 'env > seen' }] })
    assert.equal((await road.promote('prod', { ticket: 'CHG1' })).outcome, 'promoted')
    const seen = readFileSync(join(road.directory, 'seen'), 'utf8')
    assert.match(seen, /NOT_SECRET=yes/)
    assert.doesNotMatch(seen, /SNOW_TOKEN|hunter2/)
  })

  it('without its token nothing is asked', async (t) => {
    const { road, system } = await ticketRoad(t)
    delete road.env['SNOW_TOKEN']
    const done = await road.promote('prod', { ticket: 'CHG1' })
    assert.deepEqual(told(done), ['error', 'error'])
    assert.match(gateOf(done)?.reason ?? '', /environment variable SNOW_TOKEN is not set/)
    road.env['SNOW_TOKEN'] = 'two\nlines hunter2'
    const broken = await road.promote('prod', { ticket: 'CHG1' })
    assert.deepEqual(told(broken), ['error', 'error'])
    assert.doesNotMatch(JSON.stringify(broken), /hunter2/)
    assert.deepEqual(system.asked, [])
  })
})
