import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { REPORT, reportIn, testResult } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { RawReport, readerFor, readers } from '../index.ts'
import type { ReportClaim } from '../index.ts'
import { sampleNames, sampleReport } from '../../../test/support/report-samples.ts'

interface Sample {
  readonly file: string
  readonly format: string
  readonly kinds: readonly string[]
  readonly result: string
  readonly counts: Readonly<Record<string, number>>
  /** `id severity location`, of the first claim. */
  readonly findings?: readonly string[]
  readonly tool?: string
  readonly finishedOn?: string
}

const samples: readonly Sample[] = [
  {
    file: 'surefire-3.xml',
    format: 'junit',
    kinds: ['tests'],
    result: 'PASSED',
    counts: { passed: 1, failed: 0, skipped: 1 },
  },
  {
    file: 'dotnet-9.trx',
    format: 'trx',
    kinds: ['tests'],
    result: 'FAILED',
    counts: { passed: 3, failed: 1, skipped: 1 },
    finishedOn: '2026-03-01T09:00:09Z',
  },
  {
    file: 'coverlet-6.cobertura.xml',
    format: 'cobertura',
    kinds: ['coverage'],
    result: 'PASSED',
    counts: { line: 66.66, lineCovered: 2, lineTotal: 3, branch: 50, branchCovered: 1, branchTotal: 2 },
    finishedOn: '2026-03-01T09:00:00Z',
  },
  {
    file: 'istanbul-3.cobertura.xml',
    format: 'cobertura',
    kinds: ['coverage'],
    result: 'PASSED',
    counts: { line: 100, lineCovered: 2, lineTotal: 2 },
    finishedOn: '2026-03-01T09:00:00Z',
  },
  {
    file: 'c8-10.lcov.info',
    format: 'lcov',
    kinds: ['coverage'],
    result: 'PASSED',
    counts: {
      line: 75,
      lineCovered: 3,
      lineTotal: 4,
      branch: 50,
      branchCovered: 1,
      branchTotal: 2,
      function: 50,
      functionCovered: 1,
      functionTotal: 2,
    },
  },
  {
    file: 'jacoco-0.8.xml',
    format: 'jacoco',
    kinds: ['coverage'],
    result: 'PASSED',
    counts: {
      line: 75,
      lineCovered: 3,
      lineTotal: 4,
      branch: 50,
      branchCovered: 1,
      branchTotal: 2,
      function: 100,
      functionCovered: 2,
      functionTotal: 2,
      instruction: 80,
      instructionCovered: 16,
      instructionTotal: 20,
      class: 100,
      classCovered: 1,
      classTotal: 1,
    },
    finishedOn: '2026-03-01T09:00:00Z',
  },
  {
    file: 'codeql-2.sarif',
    format: 'sarif',
    kinds: ['sast'],
    result: 'FAILED',
    counts: {
      findings: 2,
      critical: 0,
      high: 1,
      unknown: 0,
      medium: 0,
      low: 1,
      negligible: 0,
      suppressed: 1,
    },
    findings: [
      'js/sql-injection high src/orders.js:17',
      'js/unused-local-variable low undefined',
      'js/sql-injection high test/orders.test.js:4',
    ],
    tool: 'CodeQL 2.20.4',
    finishedOn: '2026-03-01T09:05:00Z',
  },
  {
    file: 'gitleaks-8.30.1.json',
    format: 'gitleaks',
    kinds: ['secrets'],
    result: 'FAILED',
    counts: {
      findings: 1,
      critical: 0,
      high: 0,
      unknown: 1,
      medium: 0,
      low: 0,
      negligible: 0,
      suppressed: 0,
    },
    findings: ['github-pat unknown .env:1 at c0ffee012345'],
    tool: 'gitleaks undefined',
  },
  {
    file: 'gitleaks-8.30.1.sarif',
    format: 'sarif',
    kinds: ['secrets'],
    result: 'WARNED',
    counts: {
      findings: 1,
      critical: 0,
      high: 0,
      unknown: 0,
      medium: 1,
      low: 0,
      negligible: 0,
      suppressed: 0,
    },
    findings: ['github-pat medium .env:1'],
    // Its SARIF says v8.0.0 whatever the version.
    tool: 'gitleaks undefined',
  },
  {
    file: 'checkov-3.3.30.json',
    format: 'checkov',
    kinds: ['misconfiguration'],
    result: 'FAILED',
    counts: {
      findings: 4,
      critical: 0,
      high: 0,
      unknown: 4,
      medium: 0,
      low: 0,
      negligible: 0,
      suppressed: 1,
    },
    tool: 'checkov 3.3.30',
  },
  {
    file: 'hadolint-2.15.1.json',
    format: 'hadolint',
    kinds: ['lint'],
    result: 'FAILED',
    counts: {
      findings: 5,
      critical: 0,
      high: 2,
      unknown: 0,
      medium: 3,
      low: 0,
      negligible: 0,
      suppressed: 0,
    },
    findings: [
      'DL3004 high Dockerfile:2',
      'DL4000 high Dockerfile:3',
      'DL3006 medium Dockerfile:1',
      'DL3003 medium Dockerfile:4',
      'SC2164 medium Dockerfile:4',
    ],
  },
  {
    file: 'container-structure-test-1.22.json',
    format: 'container-structure-test',
    kinds: ['structure'],
    result: 'FAILED',
    counts: { passed: 2, failed: 1 },
  },
  {
    file: 'sonarqube-2025.json',
    format: 'sonarqube',
    kinds: ['quality'],
    result: 'FAILED',
    counts: { conditions: 2, failed: 1, ignoredConditions: 0 },
    findings: ['new_coverage high undefined'],
  },
]

const unusable: Readonly<Record<string, string>> = {
  'hadolint-2.15.1-unparsed.json': 'REPORT_FAILED',
  'checkov-3.3.30-unparsed.json': 'REPORT_FAILED',
  'checkov-3.3.30-nothing.json': 'REPORT_EMPTY',
}

const rawOf = (file: string) => new RawReport(sampleReport(file), file)
const claimsOf = (file: string): readonly ReportClaim[] => {
  const report = rawOf(file)
  return readerFor(report, readers, undefined).read(report, {})
}

describe('recorded reports', () => {
  for (const { file, format, kinds, result, counts, findings, tool, finishedOn } of samples)
    it(`${file}: ${format}`, () => {
      const claims = claimsOf(file)
      assert.deepEqual(
        claims.map((claim) => [claim.format, claim.kind]),
        kinds.map((kind) => [format, kind]),
      )
      const [claim] = claims
      const predicate = testResult.parse(claim?.predicate)
      const facts = reportIn(claim?.predicate ?? {})
      assert.equal(predicate.result, result)
      assert.deepEqual(facts?.counts, counts)
      assert.equal(facts?.digest, digestOf(sampleReport(file)))
      assert.equal(facts?.finishedOn, finishedOn)
      if (findings)
        assert.deepEqual(
          facts?.findings?.map(({ id, severity, location }) => `${id} ${severity} ${location}`),
          findings,
        )
      if (tool) assert.equal(`${facts?.tool.name} ${facts?.tool.version}`, tool)
    })

  for (const [file, code] of Object.entries(unusable))
    it(`${file} is no result: ${code}`, () => {
      assert.throws(() => claimsOf(file), { code, where: file })
    })

  it('are all looked at, here or with the SBOMs and scans, each recognised by exactly one reader', () => {
    const known = [...samples.map(({ file }) => file), ...Object.keys(unusable)]
    const here = sampleNames.filter((name) => !/^(cyclonedx|spdx|trivy)-/.test(name))
    assert.deepEqual(here.toSorted(), known.toSorted())
    for (const file of sampleNames)
      assert.equal(readers.filter((reader) => reader.recognises(rawOf(file))).length, 1, file)
  })

  it('a secret, a person and a commit message reach no statement', () => {
    for (const file of sampleNames.filter((name) => name.startsWith('gitleaks'))) {
      const clear = sampleReport(file).toString('utf8').replaceAll('REDACTED', 'ghp_thesecret')
      const report = new RawReport(Buffer.from(clear), file)
      const told = JSON.stringify(readerFor(report, readers, undefined).read(report, {}))
      for (const hidden of ['ghp_thesecret', 'Dana', 'dana@', 'Add settings'])
        assert.ok(!told.includes(hidden), `${file} tells ${hidden}`)
    }
  })

  it('every account of a report is one that gates can read', () => {
    for (const { file } of samples)
      for (const claim of claimsOf(file))
        assert.ok(claim.predicate[REPORT] && reportIn(claim.predicate), file)
  })
})
