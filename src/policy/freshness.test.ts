import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dateOf, staleness } from './freshness.ts'

const NOW = new Date('2026-03-01T12:00:00Z')
const HOUR = 3_600_000

describe('src/policy/freshness', () => {
  const dates: readonly (readonly [string | undefined, string | undefined, string | undefined, boolean])[] = [
    ['2026-03-01T11:00:00Z', undefined, '2026-03-01T11:00:00.000Z', true],
    [undefined, '2026-03-01T11:00:00Z', '2026-03-01T11:00:00.000Z', false],
    // Stamped again later: it is as old as it says.
    ['2026-03-01T11:00:00Z', '2026-02-01T00:00:00Z', '2026-02-01T00:00:00.000Z', true],
    // It cannot have been made after it was proven to exist.
    ['2026-03-01T11:00:00Z', '2026-03-01T11:30:00Z', '2026-03-01T11:00:00.000Z', true],
    ['2026-03-01T11:00:00Z', 'yesterday', '2026-03-01T11:00:00.000Z', true],
    [undefined, 'yesterday', undefined, false],
    [undefined, undefined, undefined, false],
    // A time without a zone is another one on every machine.
    [undefined, '2026-03-01T11:00:00', undefined, false],
    [undefined, '2026-03-01 11:00', undefined, false],
    [undefined, '2026', undefined, false],
    [undefined, 'Sun, 01 Mar 2026', undefined, false],
    [undefined, '2026-03-01T11:00:60Z', undefined, false],
    [undefined, '2026-13-01T11:00:00Z', undefined, false],
    [undefined, '+275760-09-13T00:00:00Z', undefined, false],
    [undefined, '2026-03-01T13:00:00.123456789+02:00', '2026-03-01T11:00:00.123Z', false],
    [undefined, '2026-03-01', '2026-03-01T00:00:00.000Z', false],
  ]
  for (const [provenOn, claimed, at, proven] of dates)
    test(`proven ${provenOn}, claimed ${claimed}`, () => {
      const dated = dateOf({ provenOn }, claimed)
      assert.deepEqual([dated.at?.toISOString(), dated.proven], [at, proven])
    })

  test('says whose word a time is', () => {
    const old = '2026-03-01T10:00:00Z'
    assert.match(
      staleness(dateOf({ provenOn: undefined }, old), HOUR, NOW) ?? '',
      /2h old, by its own account/,
    )
    assert.match(staleness(dateOf({ provenOn: old }, undefined), HOUR, NOW) ?? '', /^is 2h old, required/)
    assert.equal(staleness(dateOf({ provenOn: old }, undefined), 2 * HOUR, NOW), undefined)
  })
})
