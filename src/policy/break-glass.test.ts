import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOf } from '../oci/index.ts'
import { factsWith, IMAGE, NOW, provenanceOf, signer, verified } from '../../test/support/policy-facts.ts'
import { forced, forcedBy } from './break-glass.ts'
import type { Facts } from './facts.ts'
import { combine } from './verdict.ts'
import type { GateVerdict } from './verdict.ts'

const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString()

function word(by: string, createdAt: number, more: object = {}, roles = ['incident']) {
  const predicate = {
    application: 'ordersvc',
    environment: 'staging',
    policy: { digest: digestOf('the policy') },
    reason: 'orders are down',
    approver: by,
    createdOn: at(createdAt),
    notAfter: at(60),
    ...more,
  }
  return verified('break-glass', predicate, signer(by, roles))
}

function hold(createdAt: number, more: object = {}) {
  const place = { application: 'ordersvc', environment: 'staging', reason: 'why' }
  return verified('hold', { ...place, state: 'held', createdOn: at(createdAt), ...more }, signer('olga'))
}

const stops = (...kinds: readonly (readonly [string, GateVerdict['result']])[]) =>
  combine(kinds.map(([gate, result]) => ({ gate, result, reason: 'so it is.', evidence: [] })))

const rules = (count: number, notAuthor = false) => ({
  breakGlass: { roles: ['incident'], count, maxAge: 4 * 3_600_000, notAuthor },
})

const results = (facts: Facts, verdict = stops(['tests', 'fail'])) =>
  forced(verdict, facts).gates.map(({ gate, result }) => `${gate} ${result}`)

describe('break-glass', () => {
  const cases: readonly (readonly [string, readonly ReturnType<typeof word>[], RegExp])[] = [
    ['nobody', [], /Found none/],
    ['without the role', [word('erin', -5, {}, ['dev'])], /has none of the roles incident/],
    ['under another policy', [word('erin', -5, { policy: { digest: IMAGE } })], /given under another policy/],
    ['for another environment', [word('erin', -5, { environment: 'prod' })], /Found none/],
    ['for another application', [word('erin', -5, { application: 'shop' })], /Found none/],
    ['ended', [word('erin', -5, { notAfter: at(0) })], /ended on/],
    ['from the future', [word('erin', 6)], /in the future/],
    ['too old, whatever it says itself', [word('erin', -241)], /older than 4h/],
    [
      'that cannot be read',
      [verified('break-glass', { reason: 1 }, signer('erin'))],
      /1 that cannot be read/,
    ],
  ]
  for (const [name, words, reason] of cases)
    test(`a word ${name} opens nothing`, () => {
      const verdict = forced(stops(['tests', 'fail']), factsWith(words, { exceptions: rules(1) }))
      assert.equal(verdict.result, 'fail')
      assert.match(verdict.gates[0]?.reason ?? '', reason)
      assert.deepEqual(forcedBy(verdict.gates), [])
    })

  test('a stamp of today on an old word does not make it young', () => {
    const old = { ...word('erin', -300), provenOn: at(-1) }
    assert.equal(forced(stops(['tests', 'fail']), factsWith([old], { exceptions: rules(1) })).result, 'fail')
  })

  test('without the exception in the environment nobody can, and what passes is left alone', () => {
    const words = [word('erin', -5)]
    assert.deepEqual(results(factsWith(words)), ['break-glass fail', 'tests fail'])
    const good = stops(['tests', 'pass'])
    assert.equal(forced(good, factsWith(words, { exceptions: rules(1) })), good)
  })

  test('opens whatever stands in the way, and says what it was', () => {
    const facts = factsWith([word('erin', -5)], { exceptions: rules(1) })
    const given = stops(['tests', 'fail'], ['sbom', 'error'], ['window', 'pending'], ['size', 'pass'])
    const verdict = forced(given, facts)
    assert.equal(verdict.result, 'pass')
    assert.deepEqual(
      verdict.gates.map(({ gate, result }) => `${gate} ${result}`),
      ['break-glass waived', 'tests waived', 'sbom waived', 'window waived', 'size pass'],
    )
    assert.match(
      verdict.gates[2]?.reason ?? '',
      /^Break-glass by erin@example.com\. It was error: so it is\.$/,
    )
  })

  test('two keys of one person, and the author, are not enough', () => {
    const twice = [word('erin', -5), word('erin', -4)]
    assert.deepEqual(results(factsWith(twice, { exceptions: rules(2) })), ['break-glass fail', 'tests fail'])
    const built = verified('provenance', provenanceOf({}, 'erin@example.com'))
    const own = factsWith([word('erin', -5), built], { exceptions: rules(1, true) })
    assert.deepEqual(results(own), ['break-glass fail', 'tests fail'])
    const unknown = factsWith([word('erin', -5)], { exceptions: rules(1, true) })
    assert.deepEqual(results(unknown), ['break-glass fail', 'tests fail'])
  })
})

describe('break-glass and a stop', () => {
  const held = stops(['hold', 'fail'])
  const opened = (facts: Facts, verdict = held) => forced(verdict, facts).result === 'pass'

  test('set before it is opened, set after it stands', () => {
    const words = [word('erin', -5)]
    assert.ok(opened(factsWith(words, { exceptions: rules(1), standing: [hold(-6)] })))
    assert.ok(!opened(factsWith(words, { exceptions: rules(1), standing: [hold(-4)] })))
  })

  test('set in between: only those who spoke after it knew of it', () => {
    const exceptions = rules(2)
    const standing = [hold(-4)]
    assert.ok(!opened(factsWith([word('erin', -5), word('finn', -3)], { exceptions, standing })))
    const again = [word('erin', -5), word('finn', -3), word('erin', -2)]
    assert.ok(opened(factsWith(again, { exceptions, standing })))
  })

  test('a quarantine likewise', () => {
    const barred = (since: number) => [
      { digest: IMAGE, since: at(since), by: 'record 7', reason: undefined, payload: IMAGE },
    ]
    const verdict = stops(['quarantine', 'fail'])
    const words = [word('erin', -5)]
    assert.ok(opened(factsWith(words, { exceptions: rules(1), quarantined: barred(-6) }), verdict))
    assert.ok(!opened(factsWith(words, { exceptions: rules(1), quarantined: barred(-4) }), verdict))
  })
})
