import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { severities } from '../attestation/index.ts'
import type { Finding, Severity } from '../attestation/index.ts'
import { factsWith } from '../../test/support/policy-facts.ts'
import {
  AMD64,
  ARM64,
  judgeAll,
  judged,
  reported,
  scanned as scan,
  twoPlatforms,
  waived,
} from '../../test/support/report-facts.ts'
import type { Told } from '../../test/support/report-facts.ts'

const finding = (id: string, severity: Severity, more: Partial<Finding> = {}): Finding => ({
  id,
  severity,
  ...more,
})
const leak = finding('github-pat', 'unknown', { location: '.env:1' })
const aside = { ...leak, suppressed: 'gitleaks:allow' }
const at = (time: string) => `2026-03-01T${time}:00Z`

const cases: readonly (readonly [string, object, readonly ReturnType<typeof scan>[], RegExp])[] = [
  ['nobody looked', {}, [], /^fail: no signed scan for secrets\.$/],
  ['looked and found nothing', {}, [scan('secrets', [])], /^pass: tool \(secrets\): 0 secrets found\.$/],
  [
    'found one',
    {},
    [scan('secrets', [leak])],
    /^fail: tool \(secrets\): 1 secret found, 1 of them may not be there\.$/,
  ],
  ['a secret of low severity is a secret', {}, [scan('secrets', [finding('x', 'low')])], /^fail/],
  [
    'one suppressed in the tree',
    {},
    [scan('secrets', [aside])],
    /^fail: .*1 suppressed, suppressed ones are not allowed/,
  ],
  [
    'one suppressed, where that is allowed',
    { allowSuppressed: true },
    [scan('secrets', [aside])],
    /^pass: .*0 secrets found, 1 suppressed/,
  ],
  [
    'suppressed ones that are only counted',
    {},
    [scan('secrets', [], { counts: { suppressed: 2 } })],
    /^fail: .*2 suppressed/,
  ],
  [
    'one waived',
    {},
    [scan('secrets', [leak]), waived('secrets', ['github-pat'])],
    /^waived: .*1 finding waived by security/,
  ],
  [
    'another scan found nothing: the first stands',
    {},
    [scan('secrets', [leak], { finishedOn: at('10:00') }), scan('secrets', [], { finishedOn: at('11:00') })],
    /^fail/,
  ],
  [
    'a later run of the same named scan takes its place',
    {},
    [
      scan('secrets', [leak], { name: 'history', finishedOn: at('10:00') }),
      scan('secrets', [], { name: 'history', finishedOn: at('11:00') }),
    ],
    /^pass/,
  ],
  [
    'a later run of another tool does not',
    {},
    [
      scan('secrets', [leak], { name: 'history', finishedOn: at('10:00') }),
      scan('secrets', [], { name: 'history', tool: 'other', finishedOn: at('11:00') }),
    ],
    /^fail/,
  ],
  [
    'a test suite named so is no scan',
    {},
    [reported({ kind: 'tests', name: 'secrets' })],
    /^fail: no signed scan/,
  ],
  [
    'both tools asked for, one reported',
    { tools: ['Tool', 'other'] },
    [scan('secrets', [])],
    /^fail: no signed scan for secrets by other\.$/,
  ],
  [
    'a tool that was not asked for still counts',
    { tools: ['tool'] },
    [scan('secrets', []), scan('secrets', [leak], { tool: 'other' })],
    /^fail: other/,
  ],
  [
    'a scan that lists nothing at all',
    {},
    [reported({ kind: 'secrets' })],
    /^error: .*does not list what it found/,
  ],
  [
    'FAILED, and lists nothing',
    {},
    [scan('secrets', [], { result: 'FAILED' })],
    /^error: .*says FAILED and lists nothing/,
  ],
  [
    'an account nobody can read',
    {},
    [scan('secrets', []), reported({ kind: 'secrets', report: { findings: 'x' } })],
    /^error: 1 signed scan for secrets cannot be read/,
  ],
  [
    'too old',
    { maxAge: '1h' },
    [scan('secrets', [], { finishedOn: at('10:00') })],
    /^fail: the signed scan for secrets is 2h old, by its own account/,
  ],
  [
    'a fresh one beside an old one: what the old one found stands',
    { maxAge: '1h' },
    [scan('secrets', [leak], { finishedOn: at('08:00') }), scan('secrets', [], { finishedOn: at('11:30') })],
    /^fail: tool/,
  ],
  [
    'more found than listed',
    {},
    [scan('secrets', [leak], { counts: { findings: 9, unknown: 9 } }), waived('secrets', ['github-pat'])],
    /^fail: .*9 secrets found, 9 of them/,
  ],
  [
    'cut off without counts',
    {},
    [reported({ kind: 'secrets', findings: [], report: { findingsInAll: 3, counts: {} } })],
    /^error: .*some findings are not listed/,
  ],
]

judgeAll(
  'secrets',
  cases.map(([name, options, valid, verdict]) => [name, options, factsWith(valid), verdict]),
)

describe('gates over findings', () => {
  it('a scan of one platform leaves the other open', async () => {
    const one = scan('secrets', [], { about: [AMD64] })
    const { result, reason } = await judged({ secrets: {} }, twoPlatforms([one]))
    assert.deepEqual([result, reason], ['fail', 'no signed scan for secrets is about linux/arm64.'])
    assert.equal(
      (await judged({ secrets: {} }, twoPlatforms([one, scan('secrets', [], { about: [ARM64] })]))).result,
      'pass',
    )
  })

  it('lists what stands first, then what was waived by which waiver', async () => {
    const waiver = waived('sast', ['a'])
    const verdict = await judged(
      { sast: {} },
      factsWith([scan('sast', [finding('a', 'high'), finding('b', 'critical')]), waiver]),
    )
    assert.deepEqual(verdict.findings, [
      { id: 'b', severity: 'critical' },
      { id: 'a', severity: 'high', waivedBy: waiver.payload },
    ])
  })

  it('hundreds of findings make a short verdict', async () => {
    const many = Array.from({ length: 500 }, (_, index) => finding(`r${index}`, 'high'))
    const verdict = await judged({ sast: {} }, factsWith([scan('sast', many)]))
    assert.equal(verdict.findings?.length, 100)
    assert.match(verdict.reason, /500 results found, 500 of them/)
  })

  it('a finding that blocks never passes, whatever else is reported and waived', async () => {
    const any = fc.record({ id: fc.constantFrom('a', 'b', 'c'), severity: fc.constantFrom(...severities) })
    await fc.assert(
      fc.asyncProperty(
        fc.array(any, { maxLength: 6 }),
        fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
        async (findings, ids) => {
          const blocked = findings.filter(({ severity }) =>
            ['critical', 'high', 'unknown'].includes(severity),
          )
          const waivers = ids.length > 0 ? [waived('sast', ids)] : []
          const { result } = await judged({ sast: {} }, factsWith([scan('sast', findings), ...waivers]))
          const open = blocked.filter(({ id }) => !ids.includes(id as 'a'))
          assert.equal(result, open.length > 0 ? 'fail' : blocked.length > 0 ? 'waived' : 'pass')
        },
      ),
    )
  })
})

describe('a report of one platform', () => {
  const amd = (about: Told['about'], text = 'linux/amd64') =>
    scan('secrets', [], { ...(about && { about }), report: { platform: text } })
  for (const [name, reports, expected] of [
    [
      'does not speak for the others, whatever its statement names',
      [amd([AMD64, ARM64])],
      /^fail: .*linux\/arm64\.$/,
    ],
    ['nor when it names the index alone', [amd([])], /^fail: .*linux\/arm64\.$/],
    ['beside one of the other they speak for both', [amd([AMD64]), amd([ARM64], 'linux/arm64/v8')], /^pass/],
    [
      'that the image does not have speaks for none',
      [amd([AMD64, ARM64], 'plan9/\u001b[31m')],
      /^fail: .*amd64 and linux\/arm64\.$/,
    ],
  ] as const)
    it(name, async () => {
      const { result, reason } = await judged({ secrets: {} }, twoPlatforms(reports))
      assert.match(`${result}: ${reason}`, expected)
    })
})

it('the name of a platform is anybody’s text', async () => {
  const facts = twoPlatforms([scan('secrets', [], { about: [AMD64] })])
  const platforms = facts.image.platforms.map((one) => ({
    ...one,
    platform: { os: 'li\u001b[31mnux', architecture: '\n::error::##vso[x]' },
  }))
  const given = { ...facts, image: { ...facts.image, platforms } }
  for (const gate of [
    { secrets: {} },
    { vulnerabilities: {} },
    { attested: { signers: ['ci'], perPlatform: true } },
    { sbom: {} },
    { platforms: { exactly: 'linux/amd64' } },
  ]) {
    const { reason } = await judged(gate, given)
    for (const harmful of ['\u001b', '\n', '##vso']) assert.ok(!reason.includes(harmful), reason)
  }
})
