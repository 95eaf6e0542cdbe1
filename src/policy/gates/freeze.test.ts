import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flawOfGate, gateTable } from '../../../test/support/gate-table.ts'
import { factsWith } from '../../../test/support/policy-facts.ts'

const at = (now: string) => factsWith([], { now: new Date(now) })
const yearEnd = {
  name: 'year-end',
  reason: 'nobody is there',
  from: '2026-12-20 Europe/Berlin',
  until: '2027-01-04 08:00 Europe/Berlin',
}

gateTable('freeze', {
  'before it': {
    gate: { freeze: yearEnd },
    facts: at('2026-12-19T22:59:59Z'),
    result: 'pass',
    reason: /^No freeze\.$/,
  },
  'from its first moment': {
    gate: { freeze: yearEnd },
    facts: at('2026-12-19T23:00:00Z'),
    result: 'pending',
    reason: /^Frozen until 2027-01-04T07:00:00Z: "year-end": "nobody is there"\.$/,
    earliest: '2027-01-04T07:00:00Z',
  },
  'from its end on': {
    gate: { freeze: yearEnd },
    facts: at('2027-01-04T07:00:00Z'),
    result: 'pass',
    reason: /No freeze/,
  },
  'without a beginning it has begun': {
    gate: { freeze: { reason: 'incident 4711', until: '2026-03-01T12:00:01Z' } },
    facts: at('2026-03-01T12:00:00Z'),
    result: 'pending',
    reason: /"incident 4711"/,
    earliest: '2026-03-01T12:00:01Z',
  },
  'another that begins before this one ends is waited for as well': {
    gate: {
      freeze: [
        yearEnd,
        { reason: 'audit', from: '2027-01-04T00:00:00Z', until: '2027-01-06T00:00:00+01:00' },
        { reason: 'later', from: '2027-02-01 UTC', until: '2027-02-02 UTC' },
      ],
    },
    facts: at('2026-12-24T12:00:00Z'),
    result: 'pending',
    reason: /Frozen until 2027-01-05T23:00:00Z: "year-end"/,
    earliest: '2027-01-05T23:00:00Z',
  },
  'an emergency stop is a definite no': {
    gate: { freeze: { stop: true, reason: 'key may be stolen\u001b[31m' } },
    facts: at('2026-03-01T12:00:00Z'),
    result: 'fail',
    reason: /^Stopped: "key may be stolen\\u001b\[31m"\. Nothing goes in/,
  },
  'a stop that is switched off': {
    gate: { freeze: { stop: false, reason: 'drill' } },
    facts: at('2026-03-01T12:00:00Z'),
    result: 'pass',
    reason: /No freeze/,
  },
  'an end in an hour that comes twice is the second one': {
    gate: { freeze: { reason: 'r', until: '2026-10-25 02:30 Europe/Berlin' } },
    facts: at('2026-10-25T00:31:00Z'),
    result: 'pending',
    reason: /Frozen/,
    earliest: '2026-10-25T01:30:00Z',
  },
  'an end before the beginning, by two clocks': {
    gate: { freeze: { reason: 'r', from: '2026-03-02 UTC', until: '2026-03-01 12:00 Asia/Kolkata' } },
    facts: at('2026-03-01T12:00:00Z'),
    result: 'error',
    reason: /ends before it begins/,
  },
})

describe('freeze, as it is written', () => {
  const flaws: readonly (readonly [unknown, RegExp])[] = [
    [{ stop: true }, /reason|Invalid input/],
    [{ reason: 'r' }, /./],
    [{ reason: 'r', until: 'tomorrow' }, /expected a time such as/],
    [{ reason: 'r', until: '2027-01-04' }, /expected a time such as/],
    [{ reason: 'r', until: '2027-02-30T00:00:00Z' }, /expected a time such as/],
    [{ reason: 'r', until: '2027-01-04 08:00 Berlin' }, /expected a time such as/],
    [{ reason: 'r', from: '2027-01-05 UTC', until: '2027-01-04 UTC' }, /before/],
    [{ stop: true, reason: 'r', until: '2027-01-04 UTC' }, /./],
    [[], /./],
  ]
  for (const [freeze, message] of flaws)
    test(JSON.stringify(freeze), async () =>
      assert.match(await flawOfGate({ freeze: freeze as object }), message),
    )
})
