import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limits } from '../../base/index.ts'
import { reportIn, testResult } from '../../attestation/index.ts'
import { RawReport, readerFor, readers } from '../index.ts'
import type { ReportClaim, ReportHints } from '../index.ts'
import { sampleReport } from '../../../test/support/report-samples.ts'

const read = (format: string, text: string | object, hints: ReportHints = {}): readonly ReportClaim[] => {
  const bytes = Buffer.from(typeof text === 'string' ? text : JSON.stringify(text))
  return readerFor(new RawReport(bytes, 'r'), readers, format).read(new RawReport(bytes, 'r'), hints)
}
const facts = (claims: readonly ReportClaim[]) => reportIn(claims[0]?.predicate ?? {})
const result = (claims: readonly ReportClaim[]) => testResult.parse(claims[0]?.predicate).result
const refuses = (format: string, text: string | object, code: string, message?: RegExp) =>
  assert.throws(() => read(format, text), { code, ...(message && { message }) })

const trx = (results: string, outcome = 'Completed', infos = '') =>
  `<TestRun><Results>${results}</Results><ResultSummary outcome="${outcome}">${infos}</ResultSummary></TestRun>`
const one = (outcome: string) => `<UnitTestResult testName="a" outcome="${outcome}"/>`

describe('trx', () => {
  it('a run that was broken off is no result', () => {
    for (const outcome of ['Aborted', 'Error', 'Timeout', 'InProgress'])
      refuses('trx', trx(one('Passed'), outcome), 'REPORT_FAILED')
  })
  it('a test host that crashed fails the run, though every listed test passed', () => {
    const claims = read('trx', trx(one('Passed'), 'Failed'))
    assert.equal(result(claims), 'FAILED')
    const info = '<RunInfos><RunInfo outcome="Error"/></RunInfos>'
    assert.equal(result(read('trx', trx(one('Passed'), 'Completed', info))), 'FAILED')
  })
  it('an outcome nobody knows, or none, is a failure', () => {
    for (const outcome of ['Unknown', 'Error', 'Timeout', 'NotRunnable'])
      assert.equal(result(read('trx', trx(one(outcome)))), 'FAILED', outcome)
    assert.equal(result(read('trx', trx('<UnitTestResult testName="a"/>'))), 'FAILED')
  })
  it('no test, or no summary, is no result', () => {
    refuses('trx', trx(''), 'REPORT_EMPTY')
    refuses('trx', `<TestRun><Results>${one('Passed')}</Results></TestRun>`, 'REPORT_INVALID')
    assert.equal(result(read('trx', trx(one('NotExecuted')))), 'FAILED')
  })
})

describe('several files of one run', () => {
  it('are one suite: one failure fails it, and it ended with the last', () => {
    const files = [
      '<testsuite name="a"><testcase name="x"/></testsuite>',
      '<testsuite name="b"><testcase name="y"><failure/></testcase></testsuite>',
    ]
    const [first, second] = files.map((text) => new RawReport(Buffer.from(text), 'r'))
    assert.ok(first && second)
    const claims =
      readerFor(first, readers, undefined).readTogether?.([first, second], { suite: 'unit' }) ?? []
    assert.equal(claims.length, 1)
    assert.equal(result(claims), 'FAILED')
    assert.deepEqual(facts(claims)?.counts, { passed: 1, failed: 1, skipped: 0 })
    assert.deepEqual(facts(claims)?.further, [second.digest])
  })
  it('of JUnit: a suite whose time has no zone leaves the end open', () => {
    const suite = (at: string) =>
      `<testsuite name="a" timestamp="${at}" time="2.5"><testcase name="x"/></testsuite>`
    assert.equal(facts(read('junit', suite('2026-03-01T10:00:00Z')))?.finishedOn, '2026-03-01T10:00:02Z')
    assert.equal(facts(read('junit', suite('2026-03-01T10:00:00')))?.finishedOn, undefined)
  })
})

describe('coverage', () => {
  const cobertura = (attributes: string, lines = '') =>
    `<coverage ${attributes}><packages><package><classes><class filename="a"><lines>${lines}</lines></class></classes></package></packages></coverage>`
  it('0 of 0 lines is no coverage, whatever the rate says', () => {
    refuses('cobertura', cobertura('line-rate="1" lines-valid="0" lines-covered="0"'), 'REPORT_EMPTY')
    refuses('cobertura', cobertura('line-rate="1"'), 'REPORT_EMPTY')
    refuses('lcov', 'SF:a\nLF:0\nLH:0\nend_of_record\n', 'REPORT_EMPTY')
    refuses('lcov', '', 'REPORT_EMPTY')
    refuses('jacoco', '<report name="a"/>', 'REPORT_EMPTY')
    refuses('jacoco', '<report><counter type="LINE" missed="0" covered="0"/></report>', 'REPORT_EMPTY')
  })
  it('lines are recounted: totals that lie change nothing', () => {
    const claims = read(
      'cobertura',
      cobertura('line-rate="1" lines-valid="9" lines-covered="9"', '<line number="1" hits="0"/>'),
    )
    assert.equal(facts(claims)?.counts?.line, 0)
  })
  it('is rounded down', () => {
    const claims = read(
      'lcov',
      `SF:a\n${Array.from({ length: 3 }, (_, n) => `DA:${n},${n}`).join('\n')}\nend_of_record`,
    )
    assert.equal(facts(claims)?.counts?.line, 66.66)
  })
  it('numbers that are none, or contradict each other, are refused', () => {
    refuses('cobertura', cobertura('line-rate="1"', '<line number="1" hits="-1"/>'), 'REPORT_INVALID')
    refuses('cobertura', cobertura('lines-valid="1" lines-covered="2"'), 'REPORT_INVALID')
    refuses(
      'cobertura',
      cobertura('', '<line number="1" hits="1" condition-coverage="200% (4/2)"/>'),
      'REPORT_INVALID',
    )
    refuses('lcov', 'SF:a\nDA:1,x\nend_of_record\n', 'REPORT_INVALID', /Line 2/)
    refuses('lcov', 'SF:a\nDA:1,1\nSF:b\nend_of_record\n', 'REPORT_INVALID')
    refuses('lcov', 'SF:a\nDA:1,1\n', 'REPORT_INVALID', /cut off/)
    refuses(
      'jacoco',
      '<report><package><counter type="LINE" missed="9" covered="1"/></package><counter type="LINE" missed="0" covered="10"/></report>',
      'REPORT_INVALID',
      /say 1 of 10/,
    )
  })
  it('the same lines of two runs count once, reached by any', () => {
    const run = (hits: number) => `SF:a\nDA:1,${hits}\nDA:2,0\nend_of_record\n`
    assert.deepEqual(facts(read('lcov', run(0) + run(1)))?.counts?.lineTotal, 2)
    assert.deepEqual(facts(read('lcov', run(0) + run(1)))?.counts?.lineCovered, 1)
  })
})

const sarif = (run: object) => ({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'X' } }, results: [], ...run }],
})
const severity = (given: object, rule: object = {}) =>
  facts(
    read(
      'sarif',
      sarif({
        tool: { driver: { name: 'X', rules: [{ id: 'r', ...rule }] } },
        results: [{ ruleId: 'r', ...given }],
      }),
    ),
  )?.findings?.[0]?.severity

describe('sarif', () => {
  it('severity: the score as text or number, else the level of the result, its rule, or warning', () => {
    assert.equal(severity({ properties: { 'security-severity': '9.8' } }), 'critical')
    assert.equal(severity({ properties: { 'security-severity': 7 } }), 'high')
    assert.equal(severity({ level: 'note' }, { properties: { 'security-severity': '5.0' } }), 'medium')
    assert.equal(severity({ properties: { 'security-severity': 'high' }, level: 'error' }), 'high')
    assert.equal(severity({ level: 'error' }), 'high')
    assert.equal(severity({}, { defaultConfiguration: { level: 'error' } }), 'high')
    assert.equal(severity({}), 'medium')
    assert.equal(severity({ level: 'none' }), 'unknown')
    assert.equal(severity({ kind: 'open' }), 'unknown')
  })
  it('what passed, does not apply or was mended is no finding', () => {
    for (const given of [{ kind: 'pass' }, { kind: 'notApplicable' }, { baselineState: 'absent' }])
      assert.equal(severity(given), undefined)
  })
  it('suppressed is what is accepted, not what is under review or was rejected', () => {
    const suppressed = (...statuses: readonly (string | undefined)[]) =>
      facts(
        read(
          'sarif',
          sarif({
            results: [
              { ruleId: 'r', suppressions: statuses.map((status) => ({ kind: 'external', status })) },
            ],
          }),
        ),
      )?.findings?.[0]?.suppressed
    assert.equal(suppressed(undefined), 'external')
    assert.equal(suppressed('accepted'), 'external')
    assert.equal(suppressed('underReview'), undefined)
    assert.equal(suppressed('accepted', 'rejected'), undefined)
    assert.equal(suppressed(), undefined)
  })
  it('a run that broke, met errors, attempted nothing, or keeps results elsewhere is no result', () => {
    refuses('sarif', sarif({ invocations: [{ executionSuccessful: false }] }), 'REPORT_FAILED')
    const toolExecutionNotifications = [{ level: 'error', message: { text: 'out of memory' } }]
    refuses(
      'sarif',
      sarif({ invocations: [{ executionSuccessful: true, toolExecutionNotifications }] }),
      'REPORT_FAILED',
      /out of memory/,
    )
    refuses('sarif', sarif({ results: null }), 'REPORT_EMPTY')
    refuses('sarif', { version: '2.1.0', runs: [] }, 'REPORT_EMPTY')
    refuses('sarif', sarif({ externalPropertyFileReferences: { results: [{}] } }), 'REPORT_INVALID')
    refuses('sarif', { version: '2.0.0', runs: [] }, 'REPORT_INVALID')
    refuses(
      'sarif',
      sarif({ tool: { driver: { name: 'Hadolint' } }, results: [{ ruleId: 'DL1000' }] }),
      'REPORT_FAILED',
    )
  })
  it('runs of one tool are one claim, runs of two tools are two', () => {
    const run = (name: string, ...results: object[]) => ({ tool: { driver: { name } }, results })
    const runs = [run('A', { ruleId: 'x' }), run('B'), run('A')]
    const claims = read('sarif', { version: '2.1.0', runs })
    assert.deepEqual(
      claims.map((claim) => reportIn(claim.predicate)?.counts?.findings),
      [1, 0],
    )
  })
  it('keeps the worst of a flood and says how many there were', () => {
    const flood = Array.from({ length: limits.findingsPerReport + 5 }, () => ({
      ruleId: 'low',
      level: 'note',
    }))
    const told = facts(read('sarif', sarif({ results: [...flood, { ruleId: 'bad', level: 'error' }] })))
    assert.equal(told?.findings?.length, limits.findingsPerReport)
    assert.equal(told?.findings?.[0]?.id, 'bad')
    assert.equal(told?.findingsInAll, limits.findingsPerReport + 6)
    assert.equal(told?.counts?.low, limits.findingsPerReport + 5)
  })
})

describe('checkov, container-structure-test and SonarQube', () => {
  const checkov = JSON.parse(sampleReport('checkov-3.3.30.json').toString('utf8')) as {
    summary: Record<string, number>
  }[]
  it('a list that is shorter than its own count is refused', () => {
    const changed = checkov.map((run) => ({ ...run, summary: { ...run.summary, failed: 9 } }))
    refuses('checkov', changed, 'REPORT_INVALID', /both to agree/)
    const [first] = checkov
    refuses('checkov', first?.summary ?? {}, 'REPORT_INVALID', /lists none/)
  })
  it('one unparsed file among good ones makes the whole no result', () => {
    const changed = checkov.map((run, index) => ({
      ...run,
      summary: { ...run.summary, parsing_errors: index },
    }))
    refuses('checkov', changed, 'REPORT_FAILED', /could not parse 1/)
  })
  it('skipped checks are suppressed, with their reason', () => {
    const told = facts(read('checkov', sampleReport('checkov-3.3.30.json').toString('utf8')))
    assert.deepEqual(
      told?.findings?.flatMap(({ suppressed }) => suppressed ?? []),
      ['logs are elsewhere'],
    )
  })
  it('zero structure tests is no pass, and counters must agree', () => {
    refuses('container-structure-test', { Pass: 0, Fail: 0, Total: 0 }, 'REPORT_EMPTY')
    refuses(
      'container-structure-test',
      { Pass: 2, Fail: 0, Total: 2, Results: [{ Name: 'a', Pass: true }] },
      'REPORT_INVALID',
    )
    refuses(
      'container-structure-test',
      { Pass: 1, Fail: 0, Total: 1, Results: [{ Name: 'a', Pass: true, Errors: ['x'] }] },
      'REPORT_INVALID',
    )
  })
  it('a quality gate that is not set is no pass', () => {
    refuses('sonarqube', { projectStatus: { status: 'NONE' } }, 'REPORT_EMPTY')
    refuses('sonarqube', { projectStatus: { status: 'SUPER' } }, 'REPORT_INVALID')
    const conditions = [{ status: 'ERROR', metricKey: 'x' }]
    refuses('sonarqube', { projectStatus: { status: 'OK', conditions } }, 'REPORT_INVALID')
    assert.equal(result(read('sonarqube', { projectStatus: { status: 'WARN', conditions: [] } })), 'WARNED')
    const small = read(
      'sonarqube',
      { projectStatus: { status: 'OK', ignoredConditions: true } },
      { suite: 'shop' },
    )
    assert.deepEqual([result(small), facts(small)?.counts?.ignoredConditions], ['PASSED', 1])
  })
})

describe('one platform that may pose as all', () => {
  it('a scan of an image by osv-scanner does not say at which it looked', () => {
    const source = { path: 'image', type: 'os' }
    const told = { results: [{ source, packages: [] }], image_metadata: { os: 'Debian' } }
    assert.equal(read('osv-scanner', told)[0]?.onePlatform, true)
    assert.equal(read('osv-scanner', { results: [{ source, packages: [] }] })[0]?.onePlatform, undefined)
  })
})

describe('SARIF of a scanner of images', () => {
  it('is no code scan', () => {
    for (const name of ['Trivy', 'grype', 'osv-scanner'])
      refuses(
        'sarif',
        { version: '2.1.0', runs: [{ tool: { driver: { name } }, results: [] }] },
        'REPORT_INVALID',
        /its own JSON/,
      )
  })
})

describe('SARIF rules by id', () => {
  it('the result may go deeper than its rule, and of two of one id the first counts', () => {
    const rule = (id: string, level: string) => ({ id, defaultConfiguration: { level } })
    const rules = [rule('CA1', 'error'), rule('CA1', 'note'), rule('CA1/x', 'note')]
    const severities = ['CA1', 'CA1/1', 'CA1/x/2', 'CA10', 'B/CA1'].map((ruleId) => {
      const run = { tool: { driver: { name: 'x', rules } }, results: [{ ruleId, message: {} }] }
      return facts(read('sarif', { version: '2.1.0', runs: [run] }))?.findings?.[0]?.severity
    })
    assert.deepEqual(severities, ['high', 'high', 'low', 'medium', 'medium'])
  })
})
