import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { WaybillError } from '../../base/index.ts'
import { REPORT, reportFacts, testResult } from '../../attestation/index.ts'
import { RawReport, readerFor, readers } from '../index.ts'
import type { ReportClaim, ReportReader } from '../index.ts'
import { cpuTime } from '../../../test/support/cpu-time.ts'
import { sampleNames, sampleReport } from '../../../test/support/report-samples.ts'

const OURS: ReadonlySet<string> = new Set([
  'junit',
  'trx',
  'cobertura',
  'lcov',
  'jacoco',
  'sarif',
  'gitleaks',
  'checkov',
  'hadolint',
  'container-structure-test',
  'sonarqube',
])
const mine = readers.filter(({ format }) => OURS.has(format))

/** Reads with a reader that was named; nothing but an error of ours may come of it. */
function attempt(reader: ReportReader, bytes: Uint8Array): readonly ReportClaim[] {
  try {
    return reader.read(new RawReport(bytes, 'r'), {})
  } catch (error) {
    assert.ok(error instanceof WaybillError, `${reader.format}: ${String(error)}`)
    return []
  }
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const bomb = `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(100)}"><!ENTITY c "${'&b;'.repeat(100)}">]>`

const hostile: Readonly<Record<string, Uint8Array>> = {
  nothing: Buffer.from(''),
  null: json(null),
  'a number': json(3),
  'an object': json({}),
  'nested lists': Buffer.from(deep(100_000)),
  'a duplicate key': Buffer.from('{"Pass":1,"Pass":2,"Fail":0,"Total":1}'),
  'a huge number': Buffer.from(`{"Pass":1e999,"Fail":0,"Total":1}`),
  'not UTF-8': Buffer.from([0x7b, 0xff, 0xfe, 0x7d]),
  'prototype keys': Buffer.from('{"__proto__":{"projectStatus":{"status":"OK"}},"runs":[]}'),
  'billion laughs': Buffer.from(`${bomb}<coverage line-rate="1"><lines>&c;</lines></coverage>`),
  'billion laughs for JaCoCo': Buffer.from(`${bomb}<report name="&c;"/>`),
  'a hundred thousand lists': json(Array.from({ length: 100_000 }, () => [])),
}

describe('hostile reports', () => {
  for (const [name, bytes] of Object.entries(hostile))
    it(`${name}: no reader takes it for a result`, () => {
      for (const reader of mine) assert.deepEqual(attempt(reader, bytes), [], reader.format)
    })

  for (const file of sampleNames)
    it(`${file}, cut off anywhere: an error, or none of its findings lost`, () => {
      const whole = sampleReport(file)
      const report = new RawReport(whole, file)
      const reader = readerFor(report, readers, undefined)
      const end = whole.toString('utf8').trimEnd().length
      for (let length = 0; length < end; length += 7) {
        const claims = attempt(reader, whole.subarray(0, length))
        // LCOV ends with any record; cut between two, it is another, shorter report.
        if (reader.format !== 'lcov') assert.deepEqual(claims, [], `${length} of ${end} bytes`)
      }
    })

  it('whatever is changed in a report, a reader gives a test result or an error of ours', () => {
    const change = fc.record({
      file: fc.constantFrom(...sampleNames),
      at: fc.nat(),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 6 }),
        fc.constantFrom('"', '{', '<', '-1', '1e400', 'null').map((text) => Buffer.from(text)),
      ),
      drop: fc.nat({ max: 40 }),
    })
    fc.assert(
      fc.property(change, ({ file, at, bytes, drop }) => {
        const whole = sampleReport(file)
        const place = at % whole.length
        const mutated = Buffer.concat([whole.subarray(0, place), bytes, whole.subarray(place + drop)])
        for (const reader of mine)
          for (const claim of attempt(reader, mutated))
            assert.ok(testResult.safeParse(claim.predicate).success)
      }),
      { numRuns: 400 },
    )
  })

  it('JSON of any shape finds one reader or an error, and is read without harm', () => {
    const keys = [
      'runs',
      'version',
      'projectStatus',
      'Pass',
      'Fail',
      'Total',
      'RuleID',
      'StartLine',
      'code',
      'level',
      'check_type',
      'results',
      'checkov_version',
    ]
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 0, -1, 1e308, '', 'x', true),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie('any'), { maxKeys: 6 }),
      ),
    })).any
    fc.assert(
      fc.property(value, (given) => {
        const report = new RawReport(json(given), 'r')
        const recognising = readers.filter((reader) => reader.recognises(report))
        if (recognising.length === 1) assert.equal(readerFor(report, readers, undefined), recognising[0])
        else assert.throws(() => readerFor(report, readers, undefined), { code: 'REPORT_UNKNOWN' })
        for (const reader of mine) attempt(reader, report.bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('an empty list says nothing until somebody says whose it is', () => {
    const report = new RawReport(json([]), 'r.json')
    assert.throws(() => readerFor(report, readers, undefined), {
      code: 'REPORT_UNKNOWN',
      message: /empty list/,
    })
    for (const format of ['gitleaks', 'hadolint']) {
      const [claim] = readerFor(report, readers, format).read(report, {})
      assert.equal(testResult.parse(claim?.predicate).result, 'PASSED')
    }
    assert.throws(() => readerFor(report, readers, 'checkov').read(report, {}), { code: 'REPORT_EMPTY' })
  })

  it('takes linear time over a long tracefile without an end and over unclosed comments', () => {
    const started = cpuTime()
    const long = `SF:a\n${'DA:1,1\n'.repeat(500_000)}`
    for (const reader of mine) attempt(reader, Buffer.from(long))
    for (const reader of mine) attempt(reader, Buffer.from(`<report>${'<!-- '.repeat(300_000)}`))
    for (const reader of mine) attempt(reader, Buffer.from(`${'<!DOCTYPE a>'.repeat(100_000)}<report/>`))
    assert.ok(cpuTime() - started < 10_000)
  })

  it('words that are keys of prototypes are no words of theirs', () => {
    const sarif = { version: '2.1.0', runs: [{ tool: { driver: { name: 'constructor' } }, results: [] }] }
    const complaint = { file: 'a', line: 1, level: 'constructor', code: 'X', message: 'm' }
    const condition = { status: 'ERROR', metricKey: 'a', comparator: 'constructor', errorThreshold: '1' }
    for (const [format, report] of [
      ['sarif', sarif],
      ['hadolint', [complaint]],
      ['sonarqube', { projectStatus: { status: 'ERROR', conditions: [condition] } }],
    ] as const) {
      const [claim] = readerFor(new RawReport(json(report), 'r'), readers, format).read(
        new RawReport(json(report), 'r'),
        {},
      )
      assert.ok(reportFacts.safeParse(claim?.predicate[REPORT]).success, format)
      assert.doesNotMatch(JSON.stringify(claim), /native code/)
    }
  })

  it('lists of any length are no broken reader, and take linear time', () => {
    const many = <T>(number: number, make: (at: number) => T) =>
      Array.from({ length: number }, (_, at) => make(at))
    const started = cpuTime()
    const scores = many(150_000, () => ({ version: '3.1', metrics: { baseScore: 5 } }))
    const cvss = Object.fromEntries(many(150_000, (at) => [`s${at}`, { V3Score: 5 }]))
    const Vulnerabilities = [{ VulnerabilityID: 'CVE-2026-1', CVSS: cvss }]
    const session = '<sessioninfo id="a" start="1" dump="2"/>'
    const ranges = (at: number) => [{ type: 'SEMVER', events: [{ fixed: `1.${at}` }] }]
    const affected = (at: number) => ({
      package: { name: 'a', ecosystem: 'npm', purl: `pkg:npm/a?n=${at}` },
      ranges: ranges(at),
    })
    const rules = many(20_000, (at) => ({ id: `R${at}` }))
    const results = many(20_000, (at) => ({ ruleId: `Z${at}/deep/er`, message: { text: 'x' } }))
    const reports: readonly (readonly [string, Uint8Array])[] = [
      [
        'grype',
        json({
          matches: [{ vulnerability: { id: 'CVE-2026-1', cvss: scores }, artifact: { name: 'a' } }],
          source: { type: 'image' },
          descriptor: { name: 'grype' },
        }),
      ],
      [
        'trivy',
        json({
          SchemaVersion: 2,
          ArtifactType: 'container_image',
          Results: [{ Class: 'os-pkgs', Vulnerabilities }],
        }),
      ],
      [
        'jacoco',
        Buffer.from(
          `<report name="a">${session.repeat(150_000)}<counter type="LINE" missed="1" covered="1"/></report>`,
        ),
      ],
      [
        'trx',
        Buffer.from(
          `<TestRun><ResultSummary outcome="Failed"><RunInfos>${'<RunInfo outcome="Error"/>'.repeat(150_000)}</RunInfos></ResultSummary></TestRun>`,
        ),
      ],
      ['osv', json({ id: 'X', modified: '2026-03-01T00:00:00Z', affected: many(10_000, affected) })],
      ['sarif', json({ version: '2.1.0', runs: [{ tool: { driver: { name: 'x', rules } }, results }] })],
      // Every test repeats the name of its suite.
      [
        'junit',
        Buffer.from(
          `<testsuite name="${'A'.repeat(1_000_000)}">${'<testcase name="x"/>'.repeat(20_000)}</testsuite>`,
        ),
      ],
    ]
    for (const [format, bytes] of reports) {
      const report = new RawReport(bytes, 'r')
      assert.equal(readerFor(report, readers, format).read(report, {}).length, 1, format)
    }
    assert.ok(cpuTime() - started < 15_000)
  })
})
