import type { Finding, Severity } from '../../attestation/index.ts'
import { factsWith } from '../../../test/support/policy-facts.ts'
import { judgeAll, scanned as scan, waived } from '../../../test/support/report-facts.ts'

const finding = (id: string, severity: Severity, more: Partial<Finding> = {}): Finding => ({
  id,
  severity,
  ...more,
})
const S3 = finding('CKV_AWS_21', 'unknown')

const cases: readonly (readonly [string, object, readonly ReturnType<typeof scan>[], RegExp])[] = [
  ['unrated checks block', {}, [scan('misconfiguration', [S3])], /^fail/],
  [
    'unless ids decide',
    { ids: ['CKV_AWS_2', 'CKV_K8S_*'] },
    [scan('misconfiguration', [S3])],
    /^pass: tool \(misconfiguration\): 1 failed check found/,
  ],
  [
    'a check by its id, by pattern, or respelt',
    { ids: ['CKV_AWS_*'] },
    [scan('misconfiguration', [S3])],
    /^fail/,
  ],
  ['DS002 is DS-0002', { ids: ['DS002'] }, [scan('misconfiguration', [finding('DS-0002', 'low')])], /^fail/],
  [
    'DS002 is not DS-0020',
    { ids: ['DS002'] },
    [scan('misconfiguration', [finding('DS-0020', 'low')])],
    /^pass/,
  ],
  [
    'ids and severities',
    { ids: ['X'], block: ['high'] },
    [scan('misconfiguration', [finding('Y', 'high')])],
    /^fail/,
  ],
  ['medium passes by default', {}, [scan('misconfiguration', [finding('Y', 'medium')])], /^pass/],
  ['linters count too', {}, [scan('lint', [finding('DL3004', 'high')])], /^fail/],
  [
    'suppressed ones pass and are told',
    {},
    [scan('misconfiguration', [{ ...S3, suppressed: 'known' }])],
    /^pass: .*0 failed checks found, 1 suppressed/,
  ],
  [
    'or not',
    { allowSuppressed: false },
    [scan('misconfiguration', [{ ...S3, suppressed: 'known' }])],
    /^fail/,
  ],
  [
    'with ids, what is not listed may be one of them',
    { ids: ['X'] },
    [scan('misconfiguration', [finding('Y', 'low')], { counts: { findings: 2, low: 2 } })],
    /^error: .*1 findings are not listed/,
  ],
  [
    'by severity, what is not listed is known by number',
    { block: ['high'] },
    [
      scan('misconfiguration', [finding('Y', 'high')], {
        counts: { findings: 9, high: 1, unknown: 0, low: 8 },
      }),
      waived('misconfiguration', ['Y']),
    ],
    /^waived/,
  ],
]

judgeAll(
  'misconfiguration',
  cases.map(([name, options, valid, verdict]) => [name, options, factsWith(valid), verdict]),
)
