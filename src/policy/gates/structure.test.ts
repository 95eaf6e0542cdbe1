import { factsWith } from '../../../test/support/policy-facts.ts'
import { AMD64, ARM64, judgeAll, reported, twoPlatforms, waived } from '../../../test/support/report-facts.ts'
import type { GateCase, Told } from '../../../test/support/report-facts.ts'

const structure = (result: NonNullable<Told['result']>, more: Partial<Told> = {}) => {
  const failed = result === 'FAILED' ? 1 : 0
  return reported({
    kind: 'structure',
    result,
    counts: { passed: 2, failed },
    predicate: { failedTests: failed ? ['Metadata Test'] : [] },
    ...more,
  })
}

const cases: readonly GateCase[] = [
  ['nobody looked', {}, factsWith([]), /^fail: no signed structure test\.$/],
  ['one platform', {}, factsWith([structure('PASSED')]), /^pass: structure: PASSED, 2 passed\.$/],
  [
    'two platforms, none named',
    {},
    twoPlatforms([structure('PASSED')]),
    /^fail: no signed structure test is about linux\/amd64 and linux\/arm64/,
  ],
  [
    'two platforms, one named',
    {},
    twoPlatforms([structure('PASSED', { about: [AMD64] })]),
    /^fail: no signed structure test is about linux\/arm64/,
  ],
  [
    'two platforms, both',
    {},
    twoPlatforms([structure('PASSED', { about: [AMD64] }), structure('PASSED', { about: [ARM64] })]),
    /^pass/,
  ],
  [
    'one of two failed',
    {},
    twoPlatforms([
      structure('PASSED', { about: [AMD64] }),
      structure('FAILED', { about: [ARM64], report: { platform: 'linux/arm64' } }),
    ]),
    /^fail: structure on linux\/arm64: FAILED, 2 passed, 1 failed, required: PASSED/,
  ],
  ['too few', { minimum: 3 }, factsWith([structure('PASSED')]), /^fail: .*required: at least 3 tests/],
  ['without counts nothing was tested', {}, factsWith([structure('PASSED', { counts: {} })]), /^fail/],
  ['waived', {}, factsWith([structure('FAILED'), waived('structure', ['Metadata Test'])]), /^waived/],
  [
    'a PASSED that lists a failure',
    {},
    factsWith([structure('PASSED', { predicate: { failedTests: ['x'] } })]),
    /^fail/,
  ],
]

judgeAll('structure', cases)
