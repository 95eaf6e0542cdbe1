import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { REPORT } from '../../attestation/index.ts'
import type { VerifiedStatement } from '../../attestation/index.ts'
import { factsWith, signer, testsOf, verified } from '../../../test/support/policy-facts.ts'
import { AMD64, ARM64, judged, reported, twoPlatforms, waived } from '../../../test/support/report-facts.ts'
import type { Told } from '../../../test/support/report-facts.ts'

const GATE = { tests: { suites: ['unit'] } }
const unit = (result: 'PASSED' | 'FAILED', more: Partial<Told> = {}) =>
  reported({
    kind: 'tests',
    name: 'unit',
    result,
    predicate: {
      passedTests: result === 'PASSED' ? ['a', 'b'] : ['a'],
      failedTests: result === 'FAILED' ? ['b'] : [],
    },
    ...more,
  })
const at = (time: string) => `2026-03-01T${time}:00Z`

const cases: readonly [name: string, gate: object, valid: readonly VerifiedStatement[], verdict: RegExp][] = [
  [
    'a result of another tool, without an account',
    GATE,
    [verified('test-result', testsOf('unit', 'PASSED'))],
    /^pass: unit: PASSED, 2 passed\.$/,
  ],
  [
    'one that says PASSED and names a failed test contradicts itself',
    GATE,
    [verified('test-result', testsOf('unit', 'PASSED', { failedTests: ['c'] }))],
    /^error: unit: the test result says PASSED and 1 failed\.$/,
  ],
  [
    'one that says WARNED and counts failures does too',
    GATE,
    [
      verified('test-result', {
        ...testsOf('unit', 'WARNED'),
        configuration: [{ name: 'unit', annotations: { failed: 3 } }],
      }),
    ],
    /^error: .*WARNED and 3 failed/,
  ],
  [
    'a later PASSED of the same signer takes the place',
    GATE,
    [unit('FAILED', { finishedOn: at('10:00') }), unit('PASSED', { finishedOn: at('11:00') })],
    /^pass/,
  ],
  [
    'a later FAILED does too',
    GATE,
    [unit('PASSED', { finishedOn: at('10:00') }), unit('FAILED', { finishedOn: at('11:00') })],
    /^fail: unit: FAILED/,
  ],
  [
    'at the same second the failure stands',
    GATE,
    [unit('PASSED', { finishedOn: at('10:00') }), unit('FAILED', { finishedOn: at('10:00') })],
    /^fail/,
  ],
  [
    'without times a failure beside a success is a no',
    GATE,
    [unit('FAILED'), unit('PASSED')],
    /nothing proves which is newer/,
  ],
  [
    'one time of two is not enough',
    GATE,
    [unit('FAILED'), unit('PASSED', { finishedOn: at('11:00') })],
    /^fail/,
  ],
  [
    'a failure that a timestamp dates earlier',
    GATE,
    [unit('FAILED', { provenOn: at('10:00') }), unit('PASSED', { finishedOn: at('11:00') })],
    /^pass/,
  ],
  [
    'a success that somebody had stamped later is not newer',
    GATE,
    [unit('FAILED', { finishedOn: at('10:00') }), unit('PASSED', { provenOn: at('11:00') })],
    /^fail/,
  ],
  [
    'an old success, stamped anew',
    GATE,
    [
      unit('FAILED', { finishedOn: at('10:00') }),
      unit('PASSED', { finishedOn: at('09:00'), provenOn: at('11:30') }),
    ],
    /^fail/,
  ],
  [
    'a success from the future',
    GATE,
    [unit('FAILED', { finishedOn: at('10:00') }), unit('PASSED', { finishedOn: '2027-01-01T00:00:00Z' })],
    /^fail/,
  ],
  [
    'a success that was signed late, of a run before the failure',
    GATE,
    [
      unit('FAILED', { finishedOn: at('10:00'), attestedOn: at('10:05') }),
      unit('PASSED', { finishedOn: at('09:00'), attestedOn: at('11:00') }),
    ],
    /^fail/,
  ],
  [
    'times of signing, where the report has none',
    GATE,
    [unit('FAILED', { attestedOn: at('10:00') }), unit('PASSED', { attestedOn: at('11:00') })],
    /^pass/,
  ],
  [
    'another signer does not mend it',
    GATE,
    [unit('FAILED', { finishedOn: at('10:00') }), unit('PASSED', { finishedOn: at('11:00'), by: 'other' })],
    /^fail/,
  ],
  [
    'only these signers count',
    { tests: { suites: ['unit'], signers: ['ci'] } },
    [unit('PASSED', { by: 'other' })],
    /^fail: unit: no signed test result/,
  ],
  [
    'a scan is no test, whatever it is named',
    GATE,
    [reported({ kind: 'secrets', name: 'unit', findings: [] })],
    /^fail: unit: no signed test result/,
  ],
  [
    'an account nobody can read',
    GATE,
    [unit('PASSED'), reported({ kind: 'tests', name: 'e2e', report: { digest: 'x' } })],
    /^error: 1 signed test result cannot be read/,
  ],
  [
    'an account without a kind may be anything',
    GATE,
    [unit('PASSED'), reported({ kind: 'tests', report: { kind: 3 } })],
    /^error/,
  ],
  [
    'an unreadable account of another kind is another gate’s',
    GATE,
    [unit('PASSED'), reported({ kind: 'secrets', report: { digest: 'x' } })],
    /^pass/,
  ],
  [
    'too few passed',
    { tests: { suites: ['unit'], minimum: 5 } },
    [unit('PASSED', { counts: { passed: 4, failed: 0, skipped: 0 } })],
    /^fail: unit: 4 passed, required: at least 5/,
  ],
  [
    'enough passed, though the list of names is cut',
    { tests: { suites: ['unit'], minimum: 5 } },
    [unit('PASSED', { counts: { passed: 900, failed: 0, skipped: 0 } })],
    /^pass: unit: PASSED, 900 passed/,
  ],
  [
    'a success without a single test',
    GATE,
    [unit('PASSED', { predicate: { passedTests: [] } })],
    /^fail: unit: 0 passed/,
  ],
  [
    'too many skipped',
    { tests: { suites: ['unit'], maxSkipped: 1 } },
    [unit('PASSED', { counts: { passed: 4, failed: 0, skipped: 2 } })],
    /^fail: unit: 2 skipped, required: at most 1/,
  ],
  [
    'nobody says how many were skipped',
    { tests: { suites: ['unit'], maxSkipped: 1 } },
    [unit('PASSED')],
    /^error: unit: the test result does not say/,
  ],
  [
    'too old',
    { tests: { suites: ['unit'], maxAge: '1h' } },
    [unit('PASSED', { finishedOn: at('10:00') })],
    /^fail: unit: the signed test result is 2h old, by its own account/,
  ],
  [
    'undated where an age is asked for',
    { tests: { suites: ['unit'], maxAge: '1h' } },
    [unit('PASSED')],
    /has no date/,
  ],
  [
    'old, with a stamp of today',
    { tests: { suites: ['unit'], maxAge: '1h' } },
    [unit('PASSED', { finishedOn: at('08:00'), provenOn: at('11:59') })],
    /^fail: .*is 4h old/,
  ],
  [
    'fresh',
    { tests: { suites: ['unit'], maxAge: '3h' } },
    [unit('PASSED', { finishedOn: at('10:00') })],
    /^pass/,
  ],
  [
    'every failed test waived',
    GATE,
    [unit('FAILED'), waived('tests', ['b'])],
    /^waived: unit: FAILED, .*1 finding waived by security until 2026-04-01/,
  ],
  [
    'one failed test waived, another not',
    GATE,
    [unit('FAILED', { predicate: { failedTests: ['b', 'c'] } }), waived('tests', ['b'])],
    /^fail/,
  ],
  [
    'more failed than are named',
    GATE,
    [unit('FAILED', { counts: { passed: 1, failed: 2, skipped: 0 } }), waived('tests', ['b'])],
    /^fail/,
  ],
  [
    'a waiver that has ended',
    GATE,
    [unit('FAILED'), waived('tests', ['b'], { notAfter: '2026-03-01T12:00:00Z' })],
    /^fail/,
  ],
  [
    'a waiver of another gate or place',
    GATE,
    [unit('FAILED'), waived('sast', ['b']), waived('tests', ['b'], { environment: 'prod' })],
    /^fail/,
  ],
]

describe('tests', () => {
  for (const [name, gate, valid, expected] of cases)
    it(name, async () => {
      const { result, reason } = await judged(gate, factsWith(valid))
      assert.match(`${result}: ${reason}`, expected)
    })

  it('each platform: a result about one says nothing of the other', async () => {
    const one = unit('PASSED', { about: [AMD64] })
    const missing = await judged(GATE, twoPlatforms([one]))
    assert.deepEqual(
      [missing.result, missing.reason],
      ['fail', 'unit: no signed test result is about linux/arm64.'],
    )
    assert.equal((await judged(GATE, twoPlatforms([one, unit('PASSED', { about: [ARM64] })]))).result, 'pass')
    assert.equal((await judged(GATE, twoPlatforms([unit('PASSED')]))).result, 'pass')
    const other = await judged(GATE, twoPlatforms([one, unit('FAILED', { about: [ARM64] })]))
    assert.equal(other.result, 'fail')
  })

  it('a later success takes the place of a failure only when it ran what had failed', async () => {
    const failed = unit('FAILED', { finishedOn: at('10:00'), counts: { passed: 9, failed: 1 } })
    const after = async (passedTests: readonly string[], counts: Record<string, number>) => {
      const later = unit('PASSED', { finishedOn: at('11:00'), counts, predicate: { passedTests } })
      return (await judged(GATE, factsWith([failed, later]))).result
    }
    assert.equal(await after(['b'], { passed: 1, failed: 0 }), 'pass')
    // Another shard of the suite.
    assert.equal(await after(['c', 'd'], { passed: 2, failed: 0 }), 'fail')
    // Its list is cut off: as many tests as before, or too few to have run them all.
    assert.equal(await after(['c'], { passed: 10, failed: 0 }), 'pass')
    assert.equal(await after(['c'], { passed: 9, failed: 0 }), 'fail')
  })

  it('a waived failure on one platform leaves the other open', async () => {
    const failed = unit('FAILED', { about: [AMD64] })
    assert.equal((await judged(GATE, twoPlatforms([failed, waived('tests', ['b'])]))).result, 'fail')
    const old = unit('FAILED', { finishedOn: at('08:00') })
    const gate = { tests: { suites: ['unit'], maxAge: '1h' } }
    assert.equal((await judged(gate, factsWith([old, waived('tests', ['b'])]))).result, 'fail')
  })

  it('evidence of the verdict: the results and the waiver', async () => {
    const [failed, waiver] = [unit('FAILED'), waived('tests', ['b'])]
    const verdict = await judged(GATE, factsWith([failed, waiver]))
    assert.deepEqual(verdict.evidence, [failed.payload, waiver.payload])
    assert.deepEqual(verdict.findings, [{ id: 'b', about: 'failed in unit', waivedBy: waiver.payload }])
  })

  it('whatever a trusted signer writes, a FAILED that nothing took the place of never passes', async () => {
    const odd = fc.oneof(
      fc.constantFrom('PASSED', 'FAILED', 'x'),
      fc.integer(),
      fc.constant(null),
      fc.dictionary(fc.string(), fc.string()),
    )
    await fc.assert(
      fc.asyncProperty(odd, odd, odd, async (result, account, names) => {
        const predicate = { result, configuration: [{ name: 'unit' }], passedTests: names, [REPORT]: account }
        const strange = verified('test-result', predicate, signer('ci'))
        const verdict = await judged(GATE, factsWith([unit('FAILED'), strange]))
        assert.ok(verdict.result === 'fail' || verdict.result === 'error', verdict.reason)
      }),
    )
  })
})
