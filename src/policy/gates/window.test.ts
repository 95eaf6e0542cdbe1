import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { flawOfGate, gateTable, judgeGate } from '../../../test/support/gate-table.ts'
import { factsWith } from '../../../test/support/policy-facts.ts'

const at = (now: string) => factsWith([], { now: new Date(now) })
const office = { window: { allow: 'Mon-Thu 09:00-16:00 Europe/Berlin' } }
const night = { window: { allow: 'Fri 22:00-06:00 Europe/Berlin' } }

gateTable('window', {
  'inside, in winter': {
    gate: office,
    facts: at('2026-01-12T08:00:00Z'),
    result: 'pass',
    reason: /^Inside Mon-Thu 09:00-16:00 Europe\/Berlin\.$/,
  },
  'the same hour of UTC in summer is another hour there': {
    gate: office,
    facts: at('2026-07-13T14:00:00Z'),
    result: 'pending',
    reason: /^Outside Mon-Thu 09:00-16:00 Europe\/Berlin; it opens on 2026-07-14T07:00:00Z\.$/,
    earliest: '2026-07-14T07:00:00Z',
  },
  'its last millisecond': {
    gate: office,
    facts: at('2026-01-12T14:59:59.999Z'),
    result: 'pass',
    reason: /Inside/,
  },
  'its end is not inside': {
    gate: office,
    facts: at('2026-01-12T15:00:00Z'),
    result: 'pending',
    reason: /Outside/,
    earliest: '2026-01-13T08:00:00Z',
  },
  'over the weekend, across the change to summer time': {
    gate: office,
    facts: at('2026-03-28T12:00:00Z'),
    result: 'pending',
    reason: /2026-03-30T07:00:00Z/,
    earliest: '2026-03-30T07:00:00Z',
  },
  'overnight belongs to the day it begins on': {
    gate: night,
    facts: at('2026-01-17T04:59:00Z'),
    result: 'pass',
    reason: /Inside Fri 22:00-06:00/,
  },
  'the night after is closed': {
    gate: night,
    facts: at('2026-01-17T22:00:00Z'),
    result: 'pending',
    reason: /Outside/,
    earliest: '2026-01-23T21:00:00Z',
  },
  'a denied stretch of days wins, and what is allowed after it is found': {
    gate: {
      window: {
        allow: ['Mon-Thu 09:00-16:00 Europe/Berlin', 'Fri 09:00-12:00 Europe/Berlin'],
        deny: '2026-12-20..2027-01-03 Europe/Berlin',
      },
    },
    facts: at('2026-12-22T10:00:00Z'),
    result: 'pending',
    reason: /^Denied by 2026-12-20\.\.2027-01-03 Europe\/Berlin; it opens on 2027-01-04T08:00:00Z\.$/,
    earliest: '2027-01-04T08:00:00Z',
  },
  'only denied: open otherwise': {
    gate: { window: { deny: 'Fri 14:00-24:00 America/New_York' } },
    facts: at('2026-01-16T18:59:00Z'),
    result: 'pass',
    reason: /^Outside every span that is denied\.$/,
  },
  'only denied: closed until the end of the day there': {
    gate: { window: { deny: 'Fri 14:00-24:00 America/New_York' } },
    facts: at('2026-01-16T19:00:00Z'),
    result: 'pending',
    reason: /Denied by Fri 14:00-24:00/,
    earliest: '2026-01-17T05:00:00Z',
  },
  'from one moment to another': {
    gate: { window: { deny: '2026-12-24T12:00..2026-12-27T06:00 Asia/Kolkata' } },
    facts: at('2026-12-24T06:30:00Z'),
    result: 'pending',
    reason: /Denied by 2026-12-24T12:00\.\.2026-12-27T06:00 Asia\/Kolkata/,
    earliest: '2026-12-27T00:30:00Z',
  },
  'dates that are over': {
    gate: { window: { allow: '2025-06-01..2025-06-30 UTC' } },
    facts: at('2026-01-12T08:00:00Z'),
    result: 'fail',
    reason: /does not open in the next three years/,
  },
  'everything that is allowed is denied too': {
    gate: { window: { allow: 'Mon 09:00-10:00 UTC', deny: 'Mon UTC' } },
    facts: at('2026-01-12T08:00:00Z'),
    result: 'fail',
    reason: /does not open/,
  },
  'an hour that is left out does not open that day': {
    gate: { window: { allow: 'Sun 02:15-02:45 Europe/Berlin' } },
    facts: at('2026-03-28T12:00:00Z'),
    result: 'pending',
    reason: /Outside/,
    earliest: '2026-04-05T00:15:00Z',
  },
  'a span that begins in an hour that is left out opens after it': {
    gate: { window: { allow: 'Sun 02:30-04:00 Europe/Berlin' } },
    facts: at('2026-03-28T12:00:00Z'),
    result: 'pending',
    reason: /Outside/,
    earliest: '2026-03-29T01:00:00Z',
  },
  'an hour that comes twice is open twice': {
    gate: { window: { allow: 'Sun 02:15-02:45 Europe/Berlin' } },
    facts: at('2026-10-25T01:00:00Z'),
    result: 'pending',
    reason: /Outside/,
    earliest: '2026-10-25T01:15:00Z',
  },
})

describe('window, as it is written', () => {
  const flaws: readonly (readonly [unknown, RegExp])[] = [
    [{}, /expected allow, deny or both/],
    [{ allow: [] }, /./],
    [{ allow: 'Mon-Thu 09:00-16:00' }, /found \\"09:00-16:00\\" at the end, expected a time zone/],
    [{ allow: 'Mon-Thu 09:00-16:00 Europe/Berln' }, /found \\"Europe\/Berln\\" at the end/],
    [{ allow: 'Mon-Thu 09:00-16:00 CET' }, /expected a time zone/],
    [{ allow: 'Mon-Thu 09:00-16:00 +01:00' }, /expected a time zone/],
    [{ allow: 'Mon-Thr 09:00-16:00 UTC' }, /found \\"Mon-Thr\\", expected days/],
    [{ allow: 'Mon-Thu 09:00-25:00 UTC' }, /found \\"09:00-25:00\\", expected times/],
    [{ allow: 'Mon-Thu 09:60-16:00 UTC' }, /expected times/],
    [{ allow: 'Mon-Thu 24:00-06:00 UTC' }, /expected times/],
    [{ allow: 'Mon-Thu 09:00-09:00 UTC' }, /no time at all/],
    [{ allow: '2026-02-30 UTC' }, /expected a date/],
    [{ allow: '2026-12-20..2026-11-03 UTC' }, /expected the first day before the last/],
    [{ allow: '2026-12-20T18:00..2026-12-20T17:00 UTC' }, /expected the start before the end/],
    [{ allow: '2026-13-20T18:00..2026-12-20T17:00 UTC' }, /no real date/],
    [{ allow: 'Mon 09:00-10:00 11:00-12:00 UTC' }, /expected one/],
    [{ allow: '' }, /expected a time zone/],
    [{ allow: 'UTC', until: 'x' }, /until/],
  ]
  for (const [window, message] of flaws)
    test(JSON.stringify(window), async () =>
      assert.match(await flawOfGate({ window: window as object }), message),
    )

  test('the flaw has its place in the text', async () => {
    assert.match(await flawOfGate({ window: { allow: 'Mon 09:00-09:61 UTC' } }), /"offset":4/)
  })

  test('any text is a span or has a flaw; nothing is thrown', async () => {
    const word = fc.oneof(
      fc.constantFrom(
        'Mon-Fri',
        'Sat,Sun',
        '09:00-17:00',
        '2026-01-01',
        '2026-01-01..2026-02-01',
        'UTC',
        '..',
        '-',
      ),
      fc.string({ maxLength: 12 }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 5 }), async (words) => {
        const verdict = await judgeGate(
          { window: { allow: words.join(' ') } },
          at('2026-01-12T08:00:00Z'),
        ).catch((error: Error) => error.name)
        if (verdict !== 'ZodError' && typeof verdict !== 'string') assert.notEqual(verdict.result, 'error')
        else assert.match(String(verdict), /Zod/)
      }),
      { numRuns: 300 },
    )
  })
})

// The oracle reads the clock of a zone through Intl and knows nothing of the code under test but the form of a span.
interface OracleSpan {
  readonly zone: string
  readonly days: readonly number[]
  readonly from: number
  readonly to: number
}

const NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const two = (value: number) => String(value).padStart(2, '0')
const written = ({ zone, days, from, to }: OracleSpan) =>
  `${days.map((day) => NAMES[day]).join(',')} ${two(Math.floor(from / 60))}:${two(from % 60)}-${two(Math.floor(to / 60))}:${two(to % 60)} ${zone}`

const formats = new Map<string, Intl.DateTimeFormat>()
function shown(zone: string, instant: number): { readonly day: number; readonly minute: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  formats.set(zone, format)
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]))
  return {
    day: NAMES.indexOf(parts['weekday'] ?? ''),
    minute: Number(parts['hour']) * 60 + Number(parts['minute']),
  }
}

function contains({ zone, days, from, to }: OracleSpan, instant: number): boolean {
  const { day, minute } = shown(zone, instant)
  if (from < to) return days.includes(day) && minute >= from && minute < to
  return (days.includes(day) && minute >= from) || (days.includes((day + 6) % 7) && minute < to)
}

const ZONES = ['Australia/Lord_Howe', 'Asia/Kolkata', 'America/New_York', 'UTC', 'Europe/Berlin']
const span = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 1, max: 1440 }),
  })
  .filter(({ from, to }) => from !== to)
// Around the changes of the clocks of 2026 as well as anywhere.
const CHANGES = [
  '2026-03-08T06:00Z',
  '2026-11-01T05:00Z',
  '2026-04-04T14:00Z',
  '2026-10-03T15:00Z',
  '2026-03-29T00:00Z',
  '2026-10-25T00:00Z',
]
const minute = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -2000, max: 2000 }))
    .map(([change, offset]) => Date.parse(change) + offset * 60_000),
  fc.integer({ min: 0, max: 365 * 1440 }).map((minutes) => Date.UTC(2026, 0, 1) + minutes * 60_000),
)

test('every minute agrees with an oracle that looks at one minute after the other', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(span, { minLength: 1, maxLength: 2 }),
      fc.array(span, { maxLength: 1 }),
      minute,
      async (allow, deny, now) => {
        const isOpen = (instant: number) =>
          allow.some((one) => contains(one, instant)) && !deny.some((one) => contains(one, instant))
        const gate = {
          window: { allow: allow.map(written), ...(deny.length > 0 && { deny: deny.map(written) }) },
        }
        const verdict = await judgeGate(gate, at(new Date(now).toISOString()))
        if (isOpen(now)) return assert.equal(verdict.result, 'pass', verdict.reason)
        assert.notEqual(verdict.result, 'pass', verdict.reason)
        const earliest = verdict.earliest === undefined ? Infinity : Date.parse(verdict.earliest)
        // Two weeks hold every weekly opening; what is rarer is only checked to be closed until then.
        const end = Math.min(earliest, now + 15 * 86_400_000)
        for (let instant = now; instant < end; instant += 60_000)
          assert.ok(!isOpen(instant), `${verdict.reason} but open at ${new Date(instant).toISOString()}`)
        if (earliest !== Infinity) assert.ok(isOpen(earliest), verdict.reason)
        return undefined
      },
    ),
    { numRuns: 150 },
  )
})
