import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { factsWith, NOW, OTHER_IMAGE, signer, verified } from '../../../test/support/policy-facts.ts'
import { barredNow } from '../barred.ts'
import { judgeHold } from './hold.ts'
import type { HoldOptions } from './hold.ts'

const ALWAYS: HoldOptions = { maxAge: undefined }
const HOUR = 3_600_000

/** An order; `at` in minutes from now. */
function order(state: string | undefined, at: number, more: object = {}, provenAt?: number) {
  const time = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000).toISOString()
  const predicate = {
    application: 'ordersvc',
    environment: 'staging',
    reason: 'why',
    createdOn: time(at),
    ...(state !== undefined && { state }),
    ...more,
  }
  const provenOn = provenAt === undefined ? undefined : time(provenAt)
  return { ...verified('hold', predicate, signer('erin')), provenOn }
}

const judged = (orders: readonly ReturnType<typeof order>[], options = ALWAYS) =>
  judgeHold(options, factsWith([], { standing: orders }))

describe('hold', () => {
  const cases: readonly (readonly [string, readonly ReturnType<typeof order>[], HoldOptions, string])[] = [
    ['never held', [], ALWAYS, 'pass'],
    ['held', [order('held', -10)], ALWAYS, 'fail'],
    ['held, then released', [order('held', -10), order('released', -5)], ALWAYS, 'pass'],
    ['the order of the list does not matter', [order('released', -5), order('held', -10)], ALWAYS, 'pass'],
    ['an older release', [order('released', -10), order('held', -5)], ALWAYS, 'fail'],
    ['both at once', [order('released', -5), order('held', -5)], ALWAYS, 'fail'],
    ['clear ends no hold', [order('held', -10), order('clear', -5)], ALWAYS, 'fail'],
    [
      'an order about digests ends no hold',
      [order('held', -10), order(undefined, -5, admit())],
      ALWAYS,
      'fail',
    ],
    ['until later', [order('held', -10, { until: '2026-03-02T00:00:00Z' })], ALWAYS, 'pending'],
    ['until now', [order('held', -10, { until: '2026-03-01T12:00:00Z' })], ALWAYS, 'pass'],
    ['antedated, but proven later', [order('released', -5), order('held', -60, {}, -1)], ALWAYS, 'fail'],
    ['a clock a little ahead', [order('released', 4)], ALWAYS, 'pass'],
    ['from the future', [order('released', 6)], ALWAYS, 'error'],
    ['unreadable', [order('gone', -5)], ALWAYS, 'error'],
    ['of another place', [order('held', -5, { environment: 'prod' })], ALWAYS, 'pass'],
    ['of another application', [order('held', -5, { application: 'paysvc' })], ALWAYS, 'pass'],
    ['silence, with maxAge', [], { maxAge: HOUR }, 'error'],
    ['only about digests, with maxAge', [order(undefined, -5, admit())], { maxAge: HOUR }, 'error'],
    ['fresh word, with maxAge', [order('clear', -60)], { maxAge: HOUR }, 'pass'],
    ['stale word, with maxAge', [order('released', -61)], { maxAge: HOUR }, 'error'],
    ['stale and held, with maxAge', [order('held', -61)], { maxAge: HOUR }, 'fail'],
  ]
  for (const [name, orders, options, result] of cases)
    test(`${name}: ${result}`, () => assert.equal(judged(orders, options).result, result))

  test('whatever is ordered, the very latest held or released decides', () => {
    const word = fc.record({
      state: fc.constantFrom('held', 'released', 'clear'),
      at: fc.integer({ min: -1000, max: 0 }),
    })
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const telling = words.filter(({ state }) => state !== 'clear')
        const last = Math.max(...telling.map(({ at }) => at))
        const isHeld = telling.some(({ state, at }) => at === last && state === 'held')
        const orders = words.map(({ state, at }) => order(state, at))
        assert.equal(judged(orders).result, isHeld ? 'fail' : 'pass')
      }),
    )
  })
})

function admit() {
  return { admit: [{ digest: OTHER_IMAGE, reason: 'why' }] }
}

describe('what is barred now', () => {
  const place = { application: 'ordersvc', environment: 'staging' }
  const listed = { digest: OTHER_IMAGE, sequence: '7', since: '2026-03-01T11:00:00Z', reason: 'bad' }
  const records = { entries: [listed], payload: OTHER_IMAGE }
  const bar = (at: number) => order(undefined, at, { quarantine: [{ digest: OTHER_IMAGE, reason: 'leaks' }] })
  const cases: readonly (readonly [string, readonly ReturnType<typeof order>[], string | undefined])[] = [
    ['by a record', [], 'record 7'],
    ['admitted later', [order(undefined, -30, admit())], undefined],
    ['admitted before', [order(undefined, -90, admit())], 'record 7'],
    ['admitted at that very time', [order(undefined, -60, admit())], 'record 7'],
    ['barred again by hand', [order(undefined, -30, admit()), bar(-20)], 'erin@example.com'],
    ['barred by hand and admitted', [bar(-40), order(undefined, -30, admit())], undefined],
    ['admitted elsewhere', [order(undefined, -30, { ...admit(), environment: 'prod' })], 'record 7'],
  ]
  for (const [name, standing, by] of cases)
    test(name, () => {
      const [found, ...more] = barredNow(records, { ...place, standing })
      assert.deepEqual([found?.by, more], [by, []])
    })
})
