import type { Finding, Severity } from '../../attestation/index.ts'
import { factsWith } from '../../../test/support/policy-facts.ts'
import { judgeAll, scanned as scan } from '../../../test/support/report-facts.ts'

const finding = (id: string, severity: Severity, more: Partial<Finding> = {}): Finding => ({
  id,
  severity,
  ...more,
})

const cases: readonly (readonly [string, object, readonly ReturnType<typeof scan>[], RegExp])[] = [
  ['high results block', {}, [scan('sast', [finding('sqli', 'high')])], /^fail/],
  ['unrated ones too', { block: ['critical'] }, [scan('sast', [finding('x', 'unknown')])], /^fail/],
  ['medium ones where told', { block: ['medium'] }, [scan('sast', [finding('x', 'medium')])], /^fail/],
  [
    'only new ones',
    { newOnly: true },
    [scan('sast', [finding('x', 'high', { baseline: 'unchanged' })])],
    /^pass/,
  ],
  [
    'new and changed ones, and those without a baseline',
    { newOnly: true },
    [scan('sast', [finding('x', 'high', { baseline: 'updated' })])],
    /^fail/,
  ],
  ['no baseline at all', { newOnly: true }, [scan('sast', [finding('x', 'high')])], /^fail/],
  ['secrets are not code scanning', {}, [scan('secrets', [])], /^fail: no signed code scan/],
]

judgeAll(
  'sast',
  cases.map(([name, options, valid, verdict]) => [name, options, factsWith(valid), verdict]),
)
