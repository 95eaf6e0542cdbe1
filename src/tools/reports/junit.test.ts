import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { limits, WaybillError } from '../../base/index.ts'
import { testResult } from '../../attestation/index.ts'
import { digestOf } from '../../oci/index.ts'
import { readJUnit, testResultPredicate } from '../index.ts'
import { cpuTime } from '../../../test/support/cpu-time.ts'

const read = (xml: string) => readJUnit(Buffer.from(xml), 'report.xml')

interface Dialect {
  readonly name: string
  readonly xml: string
  readonly passed?: readonly string[]
  readonly failed?: readonly string[]
  readonly skipped?: readonly string[]
}

const dialects: readonly Dialect[] = [
  {
    name: 'surefire: a lone testsuite, with error, rerun and flaky children',
    xml: `<?xml version="1.0" encoding="UTF-8"?>
      <testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="shop.CartTest" tests="5" failures="9">
        <properties><property name="java.version" value="21"/></properties>
        <testcase name="adds" classname="shop.CartTest" time="0.01"/>
        <testcase name="flaky" classname="shop.CartTest"><flakyFailure message="once">at…</flakyFailure></testcase>
        <testcase name="removes" classname="shop.CartTest"><failure type="A" message="no">t</failure><rerunFailure/></testcase>
        <testcase name="breaks" classname="shop.CartTest"><error type="NPE"/></testcase>
        <testcase name="later" classname="shop.CartTest"><skipped/></testcase>
      </testsuite>`,
    passed: ['shop.CartTest › adds', 'shop.CartTest › flaky'],
    failed: ['shop.CartTest › removes', 'shop.CartTest › breaks'],
    skipped: ['shop.CartTest › later'],
  },
  {
    name: 'jest-junit: testsuites with counters that lie',
    xml: `<testsuites name="jest tests" tests="0" failures="0"><testsuite name="cart">
        <testcase classname="cart adds" name="cart adds"/></testsuite></testsuites>`,
    passed: ['jest tests › cart › cart adds › cart adds'],
  },
  {
    name: 'node:test: test cases under the root and nested suites, escaped newlines',
    xml: `<?xml version="1.0" encoding="utf-8"?>
      <testsuites>
        <testcase name="top &amp; level" time="0.001" classname="test"/>
        <testsuite name="orders" tests="2"><testsuite name="deep"><testcase name="a&#10;b" classname="test"/></testsuite>
          <testcase name="bad" classname="test" failure="no"><failure type="testCodeFailure">&lt;x&gt;</failure></testcase>
        </testsuite>
        <!-- tests 3 -->
      </testsuites>`,
    passed: ['top & level', 'orders › deep › a\nb'],
    failed: ['orders › bad'],
  },
  {
    name: 'pytest xunit2',
    xml: `<testsuites><testsuite name="pytest" errors="0"><testcase classname="tests.test_a" name="test_x[1]"/>
      <testcase classname="tests.test_a" name="test_y"><skipped type="pytest.skip" message="m">r</skipped></testcase></testsuite></testsuites>`,
    passed: ['pytest › tests.test_a › test_x[1]'],
    skipped: ['pytest › tests.test_a › test_y'],
  },
  {
    name: 'googletest: status in attributes',
    xml: `<testsuites><testsuite name="S"><testcase name="ran" status="run" result="completed" classname="S"/>
      <testcase name="off" status="notrun" result="suppressed" classname="S"/></testsuite></testsuites>`,
    passed: ['S › ran'],
    skipped: ['S › off'],
  },
  {
    name: 'a suite that failed to load: error outside any test',
    xml: `<testsuites><testsuite name="broken"><error message="cannot import"/></testsuite></testsuites>`,
    failed: ['broken › (error outside any test)'],
  },
  {
    name: 'HTML with a DOCTYPE inside CDATA and a comment',
    xml: `<testsuite name="web"><!-- <!DOCTYPE html> --><testcase name="page"><failure><![CDATA[<!DOCTYPE html><p>]]></failure></testcase></testsuite>`,
    failed: ['web › page'],
  },
]

const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
  <testsuite><testcase name="&lol2;"/></testsuite>`

const hostile: readonly [name: string, xml: string | Buffer, code: string][] = [
  ['billion laughs', bomb, 'REPORT_INVALID'],
  [
    'an outside DTD: skipped, never read',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><testsuite/>',
    'REPORT_EMPTY',
  ],
  ['external entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><testsuite/>', 'REPORT_INVALID'],
  ['two document types', '<!DOCTYPE a><!DOCTYPE b><testsuite><testcase/></testsuite>', 'REPORT_INVALID'],
  ['DOCTYPE after the root', '<testsuite><testcase/></testsuite><!DOCTYPE a>', 'REPORT_INVALID'],
  ['DOCTYPE after a comment', '<!-- x --><!doctype a><testsuite><testcase/></testsuite>', 'REPORT_INVALID'],
  [
    'DOCTYPE inside the root',
    '<testsuite><!DOCTYPE a [<!ENTITY b "c">]><testcase/></testsuite>',
    'REPORT_INVALID',
  ],
  [
    'deep nesting',
    `${'<testsuite>'.repeat(5000)}<testcase/>${'</testsuite>'.repeat(5000)}`,
    'REPORT_INVALID',
  ],
  ['cut off', '<testsuite><testcase name="a"/>', 'REPORT_INVALID'],
  ['crossed tags', '<testsuite><testcase></testsuite></testcase>', 'REPORT_INVALID'],
  ['two roots', '<testsuite/><testsuite/>', 'REPORT_INVALID'],
  ['another format', '<TestRun><Results/></TestRun>', 'REPORT_INVALID'],
  ['JSON', '{"tests": 3}', 'REPORT_INVALID'],
  ['nothing', '', 'REPORT_INVALID'],
  ['prototype keys', '<testsuite><__proto__ constructor="1"/></testsuite>', 'REPORT_INVALID'],
  ['UTF-16', Buffer.from('<testsuite/>', 'utf16le'), 'REPORT_INVALID'],
  ['not UTF-8', Buffer.from([0x3c, 0xff, 0xfe, 0x3e]), 'REPORT_INVALID'],
  ['unclosed comment', '<testsuite><!-- <testcase/></testsuite>', 'REPORT_INVALID'],
  ['no tests', '<testsuites tests="12"></testsuites>', 'REPORT_EMPTY'],
  ['empty suites', '<testsuites><testsuite name="a" tests="3"/></testsuites>', 'REPORT_EMPTY'],
]

describe('src/tools/junit.ts', () => {
  for (const { name, xml, passed = [], failed = [], skipped = [] } of dialects)
    it(name, () => {
      assert.deepEqual(read(xml), { passed, failed, skipped, digest: digestOf(xml) })
    })

  for (const [name, xml, code] of hostile)
    it(`refuses ${name}`, () => {
      assert.throws(() => readJUnit(Buffer.from(xml), 'bad.xml'), { code, where: 'bad.xml' })
    })

  it('refuses a report over the limit before parsing it', () => {
    const huge = Buffer.alloc(limits.reportFileBytes + 1, 0x20)
    assert.throws(() => readJUnit(huge, 'huge.xml'), { code: 'REPORT_INVALID' })
  })

  it('takes linear time over unclosed comments', () => {
    const started = cpuTime()
    assert.throws(() => read(`<testsuite>${'<!--'.repeat(500_000)}`), { code: 'REPORT_INVALID' })
    assert.ok(cpuTime() - started < 5_000)
  })

  it('throws nothing but its own errors, whatever the bytes', () => {
    const piece = fc.constantFrom(
      '<testsuite',
      ' name="a"',
      '>',
      '/>',
      '<testcase',
      '</testsuite>',
      '&#1114112;',
      '<!',
      '--',
      ']]>',
      '"',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        try {
          read(pieces.join(''))
        } catch (error) {
          assert.ok(error instanceof WaybillError, String(error))
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('src/tools/test-result.ts', () => {
  const ok = read(
    '<testsuite name="s"><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>',
  )
  const bad = read('<testsuite name="s"><testcase name="c"><failure/></testcase></testsuite>')

  it('passes when something passed and nothing failed', () => {
    const predicate = testResult.parse(testResultPredicate('unit', [ok]))
    assert.equal(predicate.result, 'PASSED')
    assert.equal(predicate.configuration[0]?.name, 'unit')
    assert.equal(predicate.configuration[0]?.digest?.sha256, ok.digest.slice('sha256:'.length))
    assert.deepEqual(predicate.configuration[0]?.annotations, { passed: 1, failed: 0, skipped: 1 })
    assert.deepEqual(predicate.passedTests, ['s › a'])
  })

  it('fails when any report has a failure, and names every report', () => {
    const predicate = testResultPredicate('unit', [ok, bad])
    assert.equal(predicate.result, 'FAILED')
    assert.deepEqual(predicate.failedTests, ['s › c'])
    assert.equal(predicate.configuration.length, 2)
  })

  it('does not pass when nothing ran', () => {
    const skipped = read('<testsuite name="s"><testcase name="b"><skipped/></testcase></testsuite>')
    assert.equal(testResultPredicate('unit', [skipped]).result, 'FAILED')
    assert.equal(testResultPredicate('unit', []).result, 'FAILED')
  })

  it('keeps at most 500 names, and all counts', () => {
    const many = read(`<testsuite>${'<testcase name="a"/>'.repeat(1200)}</testsuite>`)
    const predicate = testResultPredicate('unit', [many])
    assert.equal(predicate.passedTests?.length, 500)
    assert.equal(predicate.configuration[0]?.annotations?.passed, 1200)
  })
})
