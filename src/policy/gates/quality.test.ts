import { factsWith } from '../../../test/support/policy-facts.ts'
import { judgeAll, reported, waived } from '../../../test/support/report-facts.ts'
import type { GateCase, Told } from '../../../test/support/report-facts.ts'

const quality = (result: NonNullable<Told['result']>, more: Partial<Told> = {}) =>
  reported({ kind: 'quality', name: 'shop', result, findings: [], ...more })
const missed = {
  findings: [{ id: 'new_coverage', severity: 'high', title: '61.2, required: at least 80' }],
} as const

const cases: readonly GateCase[] = [
  ['nobody asked', {}, factsWith([]), /^fail: no signed quality gate\.$/],
  ['OK', {}, factsWith([quality('PASSED')]), /^pass: shop: PASSED\.$/],
  [
    'a condition missed',
    {},
    factsWith([quality('FAILED', missed)]),
    /^fail: shop: FAILED, required: PASSED; new_coverage 61.2, required: at least 80\.$/,
  ],
  ['a warning is not OK', {}, factsWith([quality('WARNED')]), /^fail/],
  [
    'another project',
    { project: 'pay' },
    factsWith([quality('PASSED')]),
    /^fail: no signed quality gate of pay/,
  ],
  [
    'a later analysis of the project',
    {},
    factsWith([
      quality('FAILED', { ...missed, finishedOn: '2026-03-01T10:00:00Z' }),
      quality('PASSED', { finishedOn: '2026-03-01T11:00:00Z' }),
    ]),
    /^pass/,
  ],
  [
    'conditions left out',
    { allowIgnoredConditions: false },
    factsWith([quality('PASSED', { counts: { ignoredConditions: 1 } })]),
    /^fail: shop: PASSED, .*left out because the change is small/,
  ],
  [
    'conditions left out, told',
    {},
    factsWith([quality('PASSED', { counts: { ignoredConditions: 1 } })]),
    /^pass: shop: PASSED \(conditions were left out/,
  ],
  [
    'a condition waived',
    {},
    factsWith([quality('FAILED', missed), waived('quality', ['new_coverage'])]),
    /^waived/,
  ],
  ['PASSED beside a missed condition', {}, factsWith([quality('PASSED', missed)]), /^fail/],
]

judgeAll('quality', cases)
