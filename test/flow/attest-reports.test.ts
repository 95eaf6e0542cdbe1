import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { REPORT } from '../../src/attestation/index.ts'
import type { AttachedFact, AttachedFacts, Outcome } from '../../src/promotion/index.ts'
import { sampleReport } from '../support/report-samples.ts'
import { APP, imageTag, openRoad, tested } from '../support/road.ts'
import type { Road } from '../support/road.ts'

/** Whatever of the three the command answers. */
type Answered = Omit<AttachedFact, 'kind'> &
  Pick<AttachedFacts, 'attestations'> & { readonly kind: string; readonly code: string }

describe('attest --report', () => {
  let road: Road
  const ends: (() => Promise<void> | void)[] = []
  before(async () => {
    road = await openRoad({ after: (end) => void ends.push(end) }, { git: false })
    road.only('dev')
    const files: Readonly<Record<string, string | Buffer>> = {
      'a/TEST-one.xml': '<testsuite name="one"><testcase name="x"/></testsuite>',
      'a/TEST-two.xml': '<testsuite name="two"><testcase name="y"/></testsuite>',
      'none.json': '[]',
      'leaks.json': sampleReport('gitleaks-8.30.1.json'),
      'cov.info': sampleReport('c8-10.lcov.info'),
      'code.sarif': sampleReport('codeql-2.sarif'),
      'broken.json': sampleReport('checkov-3.3.30-unparsed.json'),
      'structure.json': JSON.stringify({ Pass: 1, Fail: 0, Total: 1, Results: [{ Name: 'a', Pass: true }] }),
      'cut.xml': '<testsuite name="one"><testcase name="x"/>',
    }
    mkdirSync(join(road.directory, 'a'))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(road.directory, name), content)
  })
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })

  const attest = async (seed: string, ...flags: readonly string[]) => {
    const done = await road.cli(['attest', APP, imageTag(seed), ...flags, '-o', 'json'])
    return {
      ...done,
      answer: JSON.parse(done.stdout) as Answered,
    }
  }
  const statements = async (seed: string) => {
    const digest = (await road.tag('dev', imageTag(seed))) as Parameters<
      ReturnType<Road['store']>['referrers']
    >[0]
    return (await road.store('dev').referrers(digest)).length
  }

  it('files of one run are one suite; the same report again is already there', async () => {
    await road.build('suite', { unit: false })
    const first = await attest(
      'suite',
      '--report',
      'a/TEST-*.xml',
      '--report',
      'a/TEST-one.xml',
      '--suite',
      'unit',
    )
    assert.deepEqual(
      [first.code, first.answer.kind, first.answer.outcome],
      [0, 'attestation', 'attached'],
      first.stderr,
    )
    assert.match(first.answer.summary, /^unit tests PASSED \(2 passed, 0 failed, 0 skipped\)/)
    const again = await attest(
      'suite',
      '--junit',
      'a/TEST-one.xml',
      '--junit',
      'a/TEST-two.xml',
      '--suite',
      'unit',
    )
    assert.deepEqual([again.answer.outcome, again.answer.payload], ['already', first.answer.payload])
    const promoted = await road.promote('dev', { image: imageTag('suite') })
    assert.equal(promoted.outcome, 'promoted', JSON.stringify(promoted.verdict))
  })

  it('several reports are several statements in one answer', async () => {
    await road.build('several')
    const { code, answer } = await attest('several', '--report', 'cov.info', '--report', 'code.sarif')
    assert.deepEqual([code, answer.kind], [0, 'attestations'])
    assert.deepEqual(
      answer.attestations.map(({ outcome, summary }) => [outcome, summary.split(' ')[0]]),
      [
        ['attached', 'coverage:'],
        ['attached', 'CodeQL'],
      ],
    )
  })

  it('a bad report among good ones: nothing is signed', async () => {
    await road.build('bad')
    const before_ = await statements('bad')
    for (const [flags, expected, exit] of [
      [['--report', 'cov.info', '--report', 'broken.json'], 'REPORT_FAILED', 1],
      [['--report', 'cov.info', '--report', 'cut.xml'], 'REPORT_UNKNOWN', 2],
      [['--report', 'cut.xml', '--format', 'junit'], 'REPORT_INVALID', 1],
      [['--report', 'absent.xml'], 'FILE_UNREADABLE', 2],
      [['--report', 'a/absent-*.xml'], 'FILE_UNREADABLE', 2],
      [['--report', 'none.json'], 'REPORT_UNKNOWN', 2],
      [['--report', 'cov.info', '--format', 'nonsense'], 'REPORT_UNKNOWN', 2],
      [['--report', 'structure.json'], 'REPORT_PLATFORM', 2],
      [['--report', 'cov.info', '--platform', 'linux/s390x'], 'REPORT_SUBJECT', 3],
      [['--report', 'cov.info', '--database-date', 'yesterday'], 'USAGE', 2],
    ] as const) {
      const { code, answer } = await attest('bad', ...flags)
      assert.deepEqual([answer.kind, answer.code, code], ['error', expected, exit], flags.join(' '))
    }
    assert.equal(await statements('bad'), before_)
  })

  it('a predicate of either kind is signed with the key of its class, and with no other', async () => {
    await road.build('class', { provenance: false, unit: false })
    writeFileSync(join(road.directory, 'said.json'), JSON.stringify(tested('unit', 'PASSED')))
    const claims = [
      ['test-result', 'tests', 'said.json'],
      ['provenance', 'build', 'a.json'],
    ] as const
    writeFileSync(join(road.directory, 'a.json'), '{"buildDefinition":{},"runDetails":{}}')
    for (const [type, fact, file] of claims) {
      const done = await road.cli(['attest', APP, imageTag('class'), '--predicate', file, '--type', type])
      assert.equal(done.code, 0, done.stderr)
      const { [fact]: key, ...others } = road.config.sign as Record<string, object>
      road.config.sign = others
      road.write()
      const without = await attest('class', '--predicate', file, '--type', type)
      assert.equal(without.answer.code, 'KEY_UNCONFIGURED')
      assert.match(without.stdout, new RegExp(`"sign.${fact}"`))
      road.config.sign = { ...others, [fact]: key }
      road.write()
    }
  })

  it('--dry-run shows what would be signed, and signs nothing', async () => {
    const digest = await road.build('dry')
    const before_ = await statements('dry')
    const { answer } = await attest('dry', '--report', 'leaks.json', '--platform', 'linux/arm64', '--dry-run')
    assert.deepEqual(
      [answer.outcome, answer.platform, answer.subjects?.length],
      ['planned', 'linux/arm64', 2],
    )
    assert.equal(answer.subjects?.[0], digest)
    const told = answer.predicate?.[REPORT] as Record<string, unknown>
    assert.deepEqual([told.kind, told.platform], ['secrets', 'linux/arm64'])
    assert.equal(await statements('dry'), before_)
  })

  it('gates: nothing found opens, a leak closes, and each platform is asked for', async () => {
    road.change('dev', { gates: [{ secrets: { tools: ['gitleaks'] } }, { structure: {} }] })
    await road.build('gated')
    const promote = (): Promise<Outcome> => road.promote('dev', { image: imageTag('gated'), dryRun: true })
    // After the two of the file stand the ones that are always asked.
    const results = async () => (await promote()).verdict.gates.slice(0, 2).map(({ result }) => result)
    assert.deepEqual(await results(), ['fail', 'fail'])
    await attest('gated', '--report', 'none.json', '--format', 'gitleaks')
    await attest('gated', '--report', 'structure.json', '--platform', 'linux/amd64')
    assert.deepEqual(await results(), ['pass', 'fail'])
    await attest('gated', '--report', 'structure.json', '--platform', 'linux/arm64')
    assert.deepEqual(await results(), ['pass', 'pass'])
    await attest('gated', '--report', 'leaks.json')
    assert.deepEqual(await results(), ['fail', 'pass'])
  })

  it('asks SonarQube, and the token stays out of everything', async (t) => {
    await road.build('sonar')
    const task = { id: 'T1', status: 'SUCCESS', componentKey: 'shop', analysisId: 'A1' }
    const http = createServer((request, response) => {
      assert.equal(request.headers.authorization, 'Bearer squ_secret')
      const body = request.url?.startsWith('/api/ce/') ? { task } : { projectStatus: { status: 'OK' } }
      response.end(JSON.stringify(body))
    })
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
    t.after(() => http.close())
    writeFileSync(
      join(road.directory, 'report-task.txt'),
      'projectKey=shop\nceTaskId=T1\nserverUrl=https://evil.example\n',
    )
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    const words = ['attest', APP, imageTag('sonar'), '--sonar', 'report-task.txt', '--sonar-url', url]
    const done = await road.cli(words, { SONAR_TOKEN: 'squ_secret' })
    assert.equal(done.code, 0, done.stderr)
    assert.match(done.stdout, /quality gate of shop: OK/)
    assert.ok(!`${done.stdout}${done.stderr}`.includes('squ_secret'))
    const unset = await road.cli([...words, '--sonar-token', 'env://NOT_SET'])
    assert.equal(unset.code, 2)
    const pasted = await road.cli([...words, '--sonar-token', 'squ_secret'])
    assert.equal(pasted.code, 2)
    assert.ok(!pasted.stderr.includes('squ_secret'))
  })
})
