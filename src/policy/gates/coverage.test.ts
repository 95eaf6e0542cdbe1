import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { VerifiedStatement } from '../../attestation/index.ts'
import { needsOf } from '../index.ts'
import { gatesSchema } from '../schema.ts'
import type { Facts } from '../facts.ts'
import { factsWith, OTHER_IMAGE } from '../../../test/support/policy-facts.ts'
import { judgeAll, reported, waived } from '../../../test/support/report-facts.ts'
import type { GateCase, Told } from '../../../test/support/report-facts.ts'

const covered = (counts: Record<string, number>, more: Partial<Told> = {}) =>
  reported({ kind: 'coverage', counts, ...more })
const line = (reached: number, more: Partial<Told> = {}) =>
  covered({ lineCovered: reached, lineTotal: 1000 }, more)
const against = (before: readonly VerifiedStatement[]): Partial<Facts> => ({
  target: {
    digest: OTHER_IMAGE,
    since: '2026-02-01T00:00:00Z',
    evidence: { valid: before, unusable: [] },
    details: undefined,
  },
})

const cases: readonly GateCase[] = [
  ['nobody measured', { line: 80 }, factsWith([]), /^fail: no signed coverage\.$/],
  ['enough', { line: 80 }, factsWith([line(800)]), /^pass: coverage: line 80 %\.$/],
  [
    'a hair too little',
    { line: 80 },
    factsWith([covered({ lineCovered: 799_999, lineTotal: 1_000_000, line: 80 })]),
    /^fail: coverage: line 79.99 %, required: 80 %\.$/,
  ],
  [
    'no branches measured',
    { line: 1, branch: 1 },
    factsWith([line(800)]),
    /^error: coverage does not measure branch/,
  ],
  [
    '0 of 0 is not 100 %',
    { line: 80 },
    factsWith([covered({ line: 100, lineCovered: 0, lineTotal: 0 })]),
    /^error: coverage has no measure/,
  ],
  [
    'more reached than there is',
    { line: 80 },
    factsWith([covered({ lineCovered: 9, lineTotal: 1 })]),
    /^error/,
  ],
  ['no threshold: it was measured', {}, factsWith([line(10)]), /^pass: coverage: line 1 %/],
  ['two reports: the worse one counts', { line: 80 }, factsWith([line(900), line(100)]), /^fail/],
  [
    'two reports, one asked for by name',
    { line: 80, report: 'api' },
    factsWith([line(900, { name: 'api' }), line(100, { name: 'web' })]),
    /^pass/,
  ],
  [
    'waived',
    { line: 80 },
    factsWith([line(100), waived('coverage', ['line'])]),
    /^waived: coverage: line 10 %, required: 80 %; 1 finding waived/,
  ],
  [
    'too old',
    { maxAge: '1h' },
    factsWith([line(900, { finishedOn: '2026-03-01T08:00:00Z' })]),
    /^fail: the signed coverage is 4h old/,
  ],
  [
    'a drop',
    { maxDrop: 1 },
    factsWith([line(800)], against([line(820)])),
    /^fail: coverage: line 80 % after 82 % in staging, allowed: 1 points less/,
  ],
  [
    'a small drop',
    { maxDrop: 2 },
    factsWith([line(800)], against([line(820)])),
    /^pass: .*line 80 % after 82 %/,
  ],
  ['a rise', { maxDrop: 0 }, factsWith([line(830)], against([line(820)])), /^pass/],
  [
    'a worse report beside it does not lower the bar',
    { maxDrop: 0 },
    factsWith([line(800)], against([line(820), line(100)])),
    /^fail/,
  ],
  [
    'what runs there has no coverage',
    { maxDrop: 0 },
    factsWith([line(800)], against([])),
    /^error: coverage cannot be compared/,
  ],
  [
    'nothing runs there yet',
    { maxDrop: 0 },
    factsWith([line(800)]),
    /^pass: .*nothing runs in staging to compare with/,
  ],
]

judgeAll('coverage', cases)

describe('coverage', () => {
  it('reads what runs there only to compare', async () => {
    const needs = async (gate: object) => needsOf(await gatesSchema.parseAsync([gate])).target.evidence
    assert.equal(await needs({ coverage: { line: 80 } }), false)
    assert.equal(await needs({ coverage: { maxDrop: 0 } }), true)
  })
})
