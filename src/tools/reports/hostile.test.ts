import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { WaybillError } from '../../base/index.ts'
import { testResult } from '../../attestation/index.ts'
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
})
