import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseChunkRange, parseRange } from './byte-range.ts'

const part = (start: number, end: number) => ({ kind: 'part', start, end })

describe('parseRange', () => {
  const cases: readonly [string | undefined, unknown][] = [
    [undefined, { kind: 'whole' }],
    ['bytes=0-0', part(0, 1)],
    ['bytes=10-19', part(10, 20)],
    ['bytes=10-', part(10, 100)],
    ['bytes=-10', part(90, 100)],
    ['bytes=-1000', part(0, 100)],
    ['bytes=90-1000', part(90, 100)],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=20-10', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=0-1,5-6', { kind: 'whole' }],
    ['lines=0-1', { kind: 'whole' }],
    ['nonsense', { kind: 'whole' }],
  ]
  for (const [header, expected] of cases)
    it(`reads ${header ?? 'no header'} of 100 bytes`, () =>
      assert.deepEqual(parseRange(header, 100), expected))

  it('never leaves the content', () => {
    const bound = fc.option(fc.nat(), { nil: '' as const })
    fc.assert(
      fc.property(bound, bound, fc.nat(), (first, last, size) => {
        const range = parseRange(`bytes=${first}-${last}`, size)
        if (range.kind !== 'part') return
        assert.ok(0 <= range.start && range.start < range.end && range.end <= size)
      }),
    )
  })
})

describe('parseChunkRange', () => {
  const cases: readonly [string, unknown][] = [
    ['0-9', { start: 0, end: 10 }],
    ['10-10', { start: 10, end: 11 }],
    ['bytes 0-9/10', { start: 0, end: 10 }],
    ['bytes=0-9', { start: 0, end: 10 }],
    ['9-0', undefined],
    ['-9', undefined],
    ['0-99999999999999999', undefined],
    ['0-9; DROP', undefined],
  ]
  for (const [header, expected] of cases)
    it(`reads ${header}`, () => assert.deepEqual(parseChunkRange(header), expected))
})
