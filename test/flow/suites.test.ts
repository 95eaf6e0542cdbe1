import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { sonarServer } from '../support/sonar-server.ts'
import type { SonarServer } from '../support/sonar-server.ts'
import { openSourceRoad } from '../support/source-road.ts'
import type { SourceRoad } from '../support/source-road.ts'

const TOKEN = 'sonar-secret'
const ends: (() => Promise<void> | void)[] = []
let source: SourceRoad
let sonar: SonarServer
before(async () => {
  const t = { after: (end: () => Promise<void> | void) => void ends.push(end) }
  source = await openSourceRoad(t)
  sonar = await sonarServer(t, TOKEN)
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const junit = (cases: string) => `<testsuite name="unit">${cases}</testsuite>`
const GOOD = junit('<testcase name="adds"/>')
const BAD = junit('<testcase name="adds"/><testcase name="divides"><failure message="by zero"/></testcase>')

/** A suite whose program leaves this report behind and ends with this code. */
function suites(report: string | undefined, code = 0, more: object = {}): void {
  const write = report === undefined ? '' : `echo '${report}' > out/unit.xml; `
  const run = ['sh', '-c', `mkdir -p out; ${write}echo running; exit ${code}`]
  source.configure((config) => {
    config.tests = { suites: [{ name: 'unit', run, reports: ['out/*.xml'] }], ...more }
  })
}

async function tested(...words: readonly string[]) {
  const done = await source.json(['test', ...words], { SONAR_TOKEN: TOKEN })
  return { ...done, first: done.value.checks?.[0], last: done.value.checks?.at(-1) }
}

suite('waybill test', () => {
  test('passes with what passed, fails with what failed', async () => {
    suites(GOOD)
    const good = await tested()
    assert.deepEqual([good.code, good.first?.result], [0, 'pass'], good.stdout)
    assert.match(good.first?.reason ?? '', /1 passed/)
    suites(BAD, 1)
    const bad = await tested()
    assert.deepEqual([bad.code, bad.first?.findings.map(({ id }) => id)], [3, ['unit › divides']], bad.stdout)
    suites(BAD, 0)
    assert.equal((await tested()).code, 3)
  })

  test('what nobody can tell is an error: a bad end with good reports, no report, no test, too long', async () => {
    const isError = async (why: RegExp) => {
      const { code, first, stdout } = await tested()
      assert.deepEqual([code, first?.result], [1, 'error'], stdout)
      assert.match(first?.reason ?? '', why)
    }
    suites(GOOD, 2)
    await isError(/ended with code 2/)
    rmSync(join(source.directory, 'out'), { recursive: true })
    suites(undefined)
    await isError(/No file matches/)
    suites(junit(''))
    await isError(/./)
    source.configure((config) => {
      config.tests = {
        suites: [{ name: 'unit', run: ['sleep', '30'], reports: ['out/*.xml'], timeout: '1s' }],
      }
    })
    await isError(/took longer/)
  })

  test('a report of an earlier run does not count', async () => {
    suites(GOOD)
    assert.equal((await tested()).code, 0)
    suites(undefined)
    const { code, first } = await tested()
    assert.equal(code, 1)
    assert.match(first?.reason ?? '', /not written anew/)
  })

  test('without a program it reads what is there', async () => {
    source.write({ 'out/unit.xml': GOOD })
    source.configure((config) => {
      config.tests = { suites: [{ name: 'unit', reports: ['out/unit.xml'] }] }
    })
    assert.equal((await tested()).code, 0)
  })

  test('tests have the environment of the job, without keys and without the token of the scanner', async () => {
    const run = [
      'sh',
      '-c',
      `mkdir -p out; test "$OWN" = yes && test -z "$KEY_TESTS$SONAR_TOKEN" && echo '${GOOD}' > out/unit.xml`,
    ]
    const task = 'out/report-task.txt'
    source.configure((config) => {
      config.tests = {
        suites: [{ name: 'unit', run, reports: ['out/unit.xml'] }],
        sonar: { url: sonar.url, task, run: ['sh', '-c', sonar.scanner(task)] },
      }
    })
    const done = await source.json(['test'], { SONAR_TOKEN: TOKEN, OWN: 'yes' })
    assert.equal(done.code, 0, done.stdout)
    assert.ok([...sonar.tokens].every((token) => token.includes(TOKEN) || token.startsWith('Basic ')))
  })

  test("SonarQube's gate that is red fails; a scanner that breaks, or left its task before, is an error", async () => {
    const task = 'out/report-task.txt'
    suites(GOOD, 0, { sonar: { url: sonar.url, task, run: ['sh', '-c', sonar.scanner(task)] } })
    sonar.gate = 'ERROR'
    const red = await tested()
    assert.deepEqual([red.code, red.last?.check, red.last?.result], [3, 'sonarqube', 'fail'], red.stdout)
    sonar.gate = 'OK'
    assert.equal((await tested()).code, 0)
    suites(GOOD, 0, { sonar: { url: sonar.url, task, run: ['true'] } })
    const stale = await tested()
    assert.deepEqual([stale.code, stale.last?.result], [1, 'error'])
    suites(GOOD, 0, { sonar: { url: sonar.url, task, run: ['false'] } })
    assert.equal((await tested()).last?.code, 'TOOL_FAILED')
  })

  test('one of several, and none', async () => {
    suites(GOOD)
    assert.equal((await tested('--only', 'unit')).code, 0)
    assert.equal((await tested('--only', 'e2e')).value.code, 'CHECKS_UNCONFIGURED')
    const planned = await tested('--dry-run')
    assert.deepEqual([planned.code, planned.first?.result], [0, 'planned'])
  })
})
