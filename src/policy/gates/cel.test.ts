import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { predicateTypes, REPORT } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { flawOfGate, judgeGate } from '../../../test/support/gate-table.ts'
import {
  AMD64,
  approvalOf,
  DEV_REPOSITORY,
  factsWith,
  IMAGE,
  markOf,
  OTHER_IMAGE,
  provenanceOf,
  signer,
  stay,
  testsOf,
  verified,
} from '../../../test/support/policy-facts.ts'
import { gatesSchema, needsOf } from '../index.ts'
import type { Facts, ImageDetails } from '../index.ts'

const details: ImageDetails = {
  platform: { os: 'linux', architecture: 'amd64' },
  manifest: AMD64,
  config: digestOf('config'),
  size: 50_000_000,
  layers: [digestOf('a'), digestOf('b')],
  labels: { team: 'orders' },
  annotations: {},
  user: '1000',
  created: '2026-03-01T09:00:00Z',
  variables: ['PATH'],
  entrypoint: ['/app'],
  command: [],
  ports: ['8080/tcp'],
}

const report = (kind: string, more: object) => ({
  [REPORT]: {
    kind,
    tool: { name: 'trivy', version: '0.74.0' },
    format: 'trivy',
    digest: digestOf('raw'),
    ...more,
  },
})
const scan = (more: object) => verified('vulnerabilities', report('vulnerabilities', more))
const findings = (...severities: readonly string[]) =>
  severities.map((severity, at) => ({ id: `CVE-${at}`, severity }))

const full = factsWith(
  [
    verified('pass', markOf('dev')),
    verified('test-result', testsOf('unit', 'PASSED')),
    scan({ findings: findings('high', 'low', 'low'), finishedOn: '2026-03-01T11:00:00Z' }),
    scan({ findings: findings('high', 'medium'), finishedOn: '2026-03-01T10:00:00Z' }),
    verified('https://example.com/cover/v1', report('coverage', { counts: { line: 83.5, branch: 70 } })),
    verified('https://example.com/cover/v1', report('coverage', { counts: { line: 81, branch: 75 } })),
    verified('cyclonedx', { bomFormat: 'CycloneDX', components: [{}, {}, {}] }),
    verified('spdx', { packages: [{}, {}] }),
    verified('signature', {}, signer('ci-image')),
    verified('approval', approvalOf({ ticket: 'CHG1' }), signer('erin', ['release-manager'])),
    verified('waiver', {
      application: 'ordersvc',
      environment: 'staging',
      gate: 'vulnerabilities',
      findings: ['CVE-0'],
      reason: 'not reachable',
      approver: 'erin',
      createdOn: '2026-02-01T00:00:00Z',
      notAfter: '2026-04-01T00:00:00Z',
    }),
    verified('waiver', {
      application: 'ordersvc',
      environment: 'staging',
      gate: 'secrets',
      reason: 'ran out',
      approver: 'erin',
      createdOn: '2026-01-01T00:00:00Z',
      notAfter: '2026-02-01T00:00:00Z',
    }),
  ],
  {
    requestedBy: 'erin',
    ticket: 'CHG1',
    tickets: [
      { ticket: 'CHG1', source: 'https://x/{ticket}', answer: { result: { risk: 'low' } } },
      { ticket: 'CHG2', source: 'https://x/{ticket}', problem: 'answered 503' },
    ],
    target: {
      digest: OTHER_IMAGE,
      since: '2026-02-01T00:00:00Z',
      evidence: { valid: [], unusable: [] },
      details: [{ ...details, size: 40_000_000 }],
    },
    upstream: [
      { environment: 'dev', repository: DEV_REPOSITORY, occupancy: [stay(IMAGE, '10:00')] },
      {
        environment: 'prod-canary',
        repository: DEV_REPOSITORY,
        occupancy: [stay(IMAGE, '10:00', '10:30'), stay(OTHER_IMAGE, '10:30')],
      },
    ],
    quarantined: [
      {
        digest: OTHER_IMAGE,
        since: '2026-03-01T09:00:00Z',
        by: 'record 7',
        reason: undefined,
        payload: IMAGE,
      },
    ],
  },
)
const facts: Facts = { ...full, image: { ...full.image, details: [details] } }

const run = (expression: string, given = facts) => judgeGate({ cel: expression }, given)

describe('cel sees every fact', () => {
  const outcomes: readonly (readonly [string, 'pass' | 'fail' | 'error'])[] = [
    ['vulnerabilities.scans == 2 && vulnerabilities.critical == 0 && vulnerabilities.high == 1', 'pass'],
    // The most that one scan found: 3, and not 5.
    ['vulnerabilities.total == 3 && vulnerabilities.medium == 1', 'pass'],
    ['now - vulnerabilities.scannedOn <= duration("2h")', 'pass'],
    ['coverage.line == 81.0 && coverage.branch >= 70.0', 'pass'],
    ['coverage.mutation >= 50.0', 'error'],
    ['sbom.components == 2 && "cyclonedx" in sbom.formats', 'pass'],
    [
      'reports.exists(r, r.kind == "vulnerabilities" && r.tool == "trivy" && r.version == "0.74.0" && r.findings == 3)',
      'pass',
    ],
    ['reports.filter(r, r.kind == "coverage").all(r, r.counts.line > 80.0)', 'pass'],
    ['reports.all(r, r.platform == "linux/amd64")', 'error'],
    ['platforms.all(p, p.user != "" && p.user != "root" && p.size < 100000000)', 'pass'],
    ['platforms[0].labels["team"] == "orders" && platforms[0].layers == 2', 'pass'],
    [
      'platforms[0].created > timestamp("2026-02-28T00:00:00Z") && platforms[0].entrypoint == ["/app"]',
      'pass',
    ],
    ['platforms[0].size <= target.platforms[0].size * 5 / 4', 'pass'],
    ['has(target.digest) && target.digest != image.digest', 'pass'],
    ['upstream.dev.passed && upstream.dev.present && upstream.dev.soak >= duration("2h")', 'pass'],
    ['upstream["prod-canary"].soak >= duration("31m")', 'fail'],
    ['upstream["prod-canary"].present', 'fail'],
    ['tests.unit.failed == 0', 'pass'],
    ['signers == ["ci-image"]', 'pass'],
    [
      'approvals.exists(a, a.decision == "approve" && "release-manager" in a.roles && a.samePolicy && a.ticket == ticket)',
      'pass',
    ],
    ['approvals.all(a, a.approver != requestedBy + "@example.com")', 'fail'],
    [
      'waivers.size() == 1 && waivers[0].findings == ["CVE-0"] && waivers[0].notAfter < timestamp("2026-05-01T00:00:00Z")',
      'pass',
    ],
    ['tickets.CHG1.result.risk == "low"', 'pass'],
    ['tickets.CHG2.result.risk == "low"', 'error'],
    ['quarantined', 'fail'],
  ]
  for (const [expression, result] of outcomes)
    test(expression, async () => {
      const verdict = await run(expression)
      assert.equal(verdict.result, result, verdict.reason)
    })
})

describe('cel: what is not known is never a pass', () => {
  const bare = factsWith([])
  for (const expression of [
    'vulnerabilities.critical == 0',
    'sbom.components > 0',
    'coverage.line >= 0.0',
    'platforms.all(p, p.user != "")',
    'target.digest != ""',
    'upstream.qa.passed || true == false',
    'ticket != ""',
    'requestedBy != "x"',
    'build.isProtected',
    'build.issuer == ""',
    'build.parameters["x"] == ""',
  ])
    test(expression, async () => assert.equal((await run(expression, bare)).result, 'error'))

  test('one scan without numbers makes all numbers unknown', async () => {
    const readable = scan({ findings: [] })
    const zero = 'vulnerabilities.critical == 0'
    assert.equal((await run(zero, factsWith([readable]))).result, 'pass')
    for (const other of [
      scan({}),
      scan({ findings: findings('low'), findingsInAll: 2 }),
      scan({ counts: { critical: 0 } }),
      verified('vulnerabilities', { scanner: {} }),
      verified(predicateTypes['cosign-vulnerabilities'], {}),
    ])
      assert.equal((await run(zero, factsWith([readable, other]))).result, 'error')
  })

  test('numbers of a scan that lists no findings', async () => {
    const counts = { critical: 0, high: 2, medium: 0, low: 0, negligible: 0, unknown: 0 }
    assert.equal((await run('vulnerabilities.high == 2', factsWith([scan({ counts })]))).result, 'pass')
  })

  test('an SBOM without a list makes the count unknown', async () => {
    const given = factsWith([
      verified('cyclonedx', { components: [{}] }),
      verified('spdx', { packages: 'x' }),
    ])
    assert.equal((await run('sbom.components > 0', given)).result, 'error')
  })

  test('what cannot be read may say no, so nothing is said without it', async () => {
    const odd = (kind: string) => ({ ...testsOf('unit', 'PASSED'), [REPORT]: { kind } })
    const broken = [verified('test-result', odd('tests')), verified('approval', { decision: 'no' })]
    const given = factsWith([
      ...broken,
      verified('test-result', testsOf('unit', 'PASSED')),
      verified('test-result', { ...testsOf('x', 'PASSED'), ...report('coverage', { counts: { line: 90 } }) }),
      verified('provenance', provenanceOf()),
      verified('provenance', { buildDefinition: 1 }),
    ])
    for (const cel of [
      'tests.unit.result == "PASSED"',
      '!approvals.exists(a, a.decision == "reject")',
      'reports.all(r, r.findings == 0)',
      'coverage.line >= 80.0',
      'build.event == "push"',
    ])
      assert.equal((await run(cel, given)).result, 'error', cel)
  })

  test('a failure that names no test is not "none failed", and long lists are counted', async () => {
    const failed = verified('test-result', { result: 'FAILED', configuration: [{ name: 'unit' }] })
    assert.equal((await run('tests.unit.failed == 0', factsWith([failed]))).result, 'error')
    const annotations = { passed: 900, failed: 0 }
    const many = verified('test-result', { result: 'PASSED', configuration: [{ name: 'unit', annotations }] })
    assert.equal((await run('tests.unit.passed == 900', factsWith([many]))).result, 'pass')
  })

  test('of two builds that contradict each other neither is believed, and dirty is dirty', async () => {
    const two = [
      verified('provenance', provenanceOf()),
      verified('provenance', provenanceOf({ dirty: true })),
    ]
    const other = verified('provenance', provenanceOf({ ref: 'refs/heads/evil' }))
    assert.equal((await run('build.branch == "dev" && build.dirty', factsWith(two))).result, 'pass')
    for (const valid of [
      [...two, other],
      [other, ...two],
    ])
      assert.equal((await run('build.branch == "dev"', factsWith(valid))).result, 'error')
  })

  test('keys of prototypes are no keys', async () => {
    const given = factsWith([
      verified('provenance', provenanceOf()),
      verified('test-result', testsOf('unit', 'PASSED')),
    ])
    for (const cel of ['"toString" in tests', 'has(tests.toString)', '"constructor" in build.parameters'])
      assert.equal((await run(cel, given)).result, 'fail', cel)
    for (const cel of ['tests["constructor"].result == "PASSED"', 'tests.__proto__.failed == 0'])
      assert.equal((await run(cel, given)).result, 'error', cel)
  })

  test('a mark that cannot be read', async () => {
    const given = factsWith([verified('pass', markOf('dev')), verified('pass', { verifier: 1 })])
    assert.equal((await run('upstream.dev.passed', given)).result, 'error')
  })
})

describe('cel: types are checked before anything runs', () => {
  for (const [cel, message] of [
    ['vulnerabilities.critcal == 0', /No such key: critcal/],
    ['vulnerabilities.critical == "none"', /no such overload/],
    ['platforms.all(p, p.root)', /No such key: root/],
    ['platforms.all(p, p.size > "1GB")', /no such overload/],
    ['target.size > 1', /No such key: size/],
    ['waivers.all(w, w.until > now)', /No such key: until/],
    ['tests.unit.skipped == 0', /No such key: skipped/],
    ['upstream.dev.soak > 30', /no such overload/],
    ['upstream.all(name, upstream[name].passed)', /asked for one environment by name/],
    ['"dev" in upstream', /asked for one environment by name/],
    ['upstream[environment].passed', /asked for one environment by name/],
    ['size(upstream) == 1', /asked for one environment by name/],
    ['predicate.x == 1', /Unknown variable: predicate/],
    ['application.constructor() == "x"', /no matching overload/],
    ['application.toString() == "x"', /no matching overload/],
  ] as const)
    test(cel, async () => assert.match(await flawOfGate({ cel }), message))
})

describe('cel reads only what an expression names', () => {
  const needs = async (cel: string) => needsOf(await gatesSchema.parseAsync([{ cel }]))
  const nothing = { upstream: [], details: false, target: { evidence: false, details: false }, tickets: [] }

  test('nothing', async () => assert.deepEqual(await needs('size(image.platforms) == 2'), nothing))
  test('platforms', async () => {
    assert.deepEqual(await needs('platforms.all(p, p.user != "")'), { ...nothing, details: true })
    const target = { evidence: false, details: true }
    assert.deepEqual(await needs('target.platforms.size() == 1'), { ...nothing, target })
  })
  test('environments, however they are written', async () => {
    const { upstream } = await needs(
      `upstream.dev.passed && upstream["prod-canary"].passed && upstream [ 'qa' ].passed`,
    )
    assert.deepEqual(
      upstream.map(({ environment }) => environment),
      ['dev', 'prod-canary', 'qa'],
    )
    assert.ok(upstream.every(({ occupancy }) => occupancy))
  })
})
