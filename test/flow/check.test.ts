import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { after, before, beforeEach, suite, test } from 'node:test'
import {
  fakeCheckov,
  fakeDocker,
  fakeGitleaks,
  fakeHadolint,
  fakeTool,
  fakeTrivy,
} from '../support/fake-tools.ts'
import { git } from '../support/git.ts'
import { finished } from '../support/road.ts'
import { openSourceRoad } from '../support/source-road.ts'
import type { Answer, SourceRoad } from '../support/source-road.ts'

const IMAGE = `ghcr.io/gitleaks/gitleaks@sha256:${'a'.repeat(64)}`
const HOSTILE = 'a\u001b[31m##vso[task.setvariable]x.env'

const ends: (() => Promise<void> | void)[] = []
let source: SourceRoad
before(async () => {
  source = await openSourceRoad({ after: (end) => void ends.push(end) })
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})
beforeEach(() => {
  fakeGitleaks(source.bin, [])
  fakeCheckov(source.bin, [])
  fakeTrivy(source.bin, [])
  fakeHadolint(source.bin, [])
})

/** Only this machine's Node and git besides the fakes: no real scanner may answer instead. */
const PATHS = () => ({ PATH: `${source.bin}:/usr/bin:/bin` })

function checks(list: readonly object[], more: object = {}): void {
  source.configure((config) => {
    delete config.tools
    Object.assign(config, { checks: list }, more)
  })
}

async function check(...words: readonly string[]) {
  const done = await source.json(['check', ...words], PATHS())
  return { ...done, checks: byName(done.value) }
}

function byName({ checks: all }: Answer) {
  return Object.fromEntries((all ?? []).map((one) => [one.check, one]))
}

suite('waybill check', () => {
  test('a finding fails; what the tree sets aside is told and does not', async () => {
    checks([{ gitleaks: {} }, { checkov: { ignore: ['CKV_AWS_18'] } }])
    fakeGitleaks(source.bin, [
      { rule: 'github-pat', file: 'a.env' },
      { rule: 'aws-key', file: 'b.env', allowed: true },
    ])
    fakeCheckov(source.bin, ['CKV_AWS_18'])
    const { code, value, checks: told } = await check()
    assert.deepEqual([code, value.outcome], [3, 'fail'])
    assert.deepEqual(told.gitleaks?.counts, { found: 2, counted: 1, mild: 0, suppressed: 1 })
    assert.deepEqual(
      [told.gitleaks?.findings.map(({ id }) => id), told.gitleaks?.setAside.map(({ id }) => id)],
      [['github-pat'], ['aws-key']],
    )
    assert.equal(told.checkov?.result, 'pass')
    assert.equal(told.checkov?.setAside[0]?.suppressed, 'ignore in waybill.yaml')
  })

  test('severities: what is milder than asked for is counted, what nobody rated counts', async () => {
    checks([{ trivy: { scanners: ['vuln'], block: ['critical'] } }, { hadolint: { files: ['Dockerfile'] } }])
    source.write({ Dockerfile: 'FROM scratch\n' })
    fakeTrivy(source.bin, [{ id: 'CVE-1', severity: 'HIGH' }])
    fakeHadolint(source.bin, [
      { code: 'DL3008', level: 'warning' },
      { code: 'DL3002', level: 'error', allowed: true },
    ])
    const mild = await check()
    assert.equal(mild.code, 0, mild.stdout)
    assert.deepEqual(mild.checks.trivy?.counts, { found: 1, counted: 0, mild: 1, suppressed: 0 })
    assert.deepEqual(mild.checks.hadolint?.counts, { found: 2, counted: 0, mild: 1, suppressed: 1 })
    fakeTrivy(source.bin, [{ id: 'CVE-2', severity: 'UNKNOWN' }])
    assert.equal((await check()).code, 3)
  })

  test('a crash, a hang, a lie and garbage are errors; a finding outranks them', async () => {
    const endings = {
      crash: 'console.error("##vso[task.complete]boom"); process.exit(1)',
      'exit code of findings, no report': 'process.exit(9)',
      'exit code of findings, an empty report': 'fs.writeFileSync(flags.get("-r"), "[]"); process.exit(9)',
      lie: 'process.exit(0)',
      garbage: 'fs.writeFileSync(flags.get("-r"), "<html>"); process.exit(0)',
      'half a report': 'fs.writeFileSync(flags.get("-r"), "[{"); process.exit(0)',
      'an empty report': 'fs.writeFileSync(flags.get("-r"), ""); process.exit(0)',
      hang: 'setTimeout(() => {}, 60_000)\nreturn',
    }
    checks([{ gitleaks: { timeout: '1s' } }, { checkov: {} }])
    for (const [name, ending] of Object.entries(endings)) {
      fakeGitleaks(source.bin, [], ending)
      const { code, value, checks: told, stdout } = await check()
      assert.deepEqual(
        [code, value.outcome, told.gitleaks?.result],
        [1, 'error', 'error'],
        `${name}: ${stdout}`,
      )
      assert.match(told.gitleaks?.code ?? '', /^(?:TOOL_FAILED|REPORT_INVALID)$/, name)
      assert.equal(told.checkov?.result, 'pass', name)
      assert.doesNotMatch(stdout, /##vso\[/)
    }
    fakeCheckov(source.bin, ['CKV_AWS_20'])
    const { code, value } = await check()
    assert.deepEqual([code, value.outcome], [3, 'fail'])
  })

  test('a tool that is missing is an error with how to get it; one that may be is left out, and is no pass', async () => {
    const missing = { tools: { gitleaks: { program: 'not-here' } } }
    checks([{ gitleaks: {} }, { checkov: {} }], missing)
    const required = await check()
    assert.deepEqual([required.code, required.checks.gitleaks?.code], [1, 'TOOL_MISSING'])
    assert.match(required.checks.gitleaks?.next ?? '', /go install .*gitleaks/)
    checks([{ gitleaks: { optional: true } }, { checkov: {} }], missing)
    const optional = await check()
    assert.deepEqual([optional.code, optional.checks.gitleaks?.result], [0, 'missing'])
    const alone = await check('--only', 'gitleaks')
    assert.deepEqual([alone.code, alone.value.outcome], [1, 'error'])
  })

  test('versions that must not run do not', async () => {
    checks([{ trivy: {} }])
    fakeTrivy(source.bin, [], { version: '0.69.5' })
    const stolen = await check()
    assert.deepEqual([stolen.code, stolen.checks.trivy?.code], [1, 'TOOL_REFUSED'])
    assert.match(stolen.checks.trivy?.reason ?? '', /CVE-2026-33634/)
    checks([{ gitleaks: {} }], { tools: { gitleaks: { version: '>=9' } } })
    assert.equal((await check()).checks.gitleaks?.code, 'TOOL_REFUSED')
    checks([{ gitleaks: {} }], { tools: { gitleaks: { digest: `sha256:${'0'.repeat(64)}` } } })
    assert.equal((await check()).checks.gitleaks?.code, 'TOOL_REFUSED')
  })

  test('without its database trivy cannot tell', async () => {
    checks([{ trivy: { scanners: ['vuln'] } }])
    fakeTrivy(source.bin, [], { database: false })
    const { code, checks: told } = await check()
    assert.deepEqual([code, told.trivy?.code], [1, 'TOOL_FAILED'])
    assert.match(told.trivy?.next ?? '', /--download-db-only/)
  })

  test('a shallow clone is no whole history', async () => {
    checks([{ gitleaks: {} }])
    source.commit()
    const clone = join(source.directory, 'out/clone')
    git(source.directory, ['clone', '--quiet', '--depth', '1', `file://${source.directory}`, clone])
    const words = ['check', '-o', 'json', '-c', join(clone, 'waybill.yaml')]
    const shallow = await source.cli(words, PATHS())
    const told = byName(JSON.parse(shallow.stdout) as Answer)
    assert.deepEqual([shallow.code, told.gitleaks?.code], [1, 'SOURCE_SHALLOW'])
    assert.match(told.gitleaks?.next ?? '', /fetch-depth: 0/)
  })

  test('the commits that were looked at are named', async () => {
    checks([{ gitleaks: { history: 'branch' } }])
    const head = git(source.directory, ['rev-parse', 'HEAD']).trim()
    git(source.directory, ['checkout', '--quiet', '-b', 'feature'])
    source.write({ 'new.js': '1\n' })
    const tip = source.commit()
    const { checks: told } = await check()
    // `dev` is not `main`, so without a pull request nobody knows the base but the commit before.
    assert.equal(told.gitleaks?.commits, `${head}..${tip}`)
    const second = (source.write({ 'newer.js': '1\n' }), source.commit())
    const request = await source.json(['check'], { ...PATHS(), GITHUB_BASE_REF: 'dev' })
    assert.equal(byName(request.value).gitleaks?.commits, `${head}..${second}`)
    git(source.directory, ['checkout', '--quiet', 'dev'])
    checks([{ gitleaks: { history: 'none' } }])
    const files = await check()
    assert.deepEqual([files.code, files.checks.gitleaks?.commits], [0, undefined], files.stdout)
  })

  test('names that mean harm are shown harmless', async () => {
    checks([{ gitleaks: {} }])
    fakeGitleaks(source.bin, [{ rule: '::error::x', file: HOSTILE }])
    for (const format of ['text', 'markdown', 'json']) {
      const { stdout, stderr, code } = await source.cli(['check', '-o', format], {
        ...PATHS(),
        TF_BUILD: 'True',
      })
      assert.equal(code, 3)
      assert.doesNotMatch(stdout + stderr, /##vso\[task|^\s*::error/m, format)
      assert.ok(!(stdout + stderr).includes('\u001b'), format)
    }
  })

  test('a dry run shows what would run, and runs nothing', async () => {
    checks([{ gitleaks: {} }, { hadolint: { files: ['Docker*'] } }])
    fakeGitleaks(source.bin, [{ rule: 'x', file: 'y' }])
    const { code, value, checks: told } = await check('--dry-run')
    assert.deepEqual([code, value.outcome, told.gitleaks?.result], [0, 'planned', 'planned'])
    assert.deepEqual(
      [told.gitleaks?.tool?.version, told.gitleaks?.tool?.path],
      ['8.30.1', join(source.bin, 'gitleaks')],
    )
    assert.ok(told.gitleaks?.command?.includes('--redact'))
  })

  test('a name that is none, and nothing to check, are mistakes', async () => {
    checks([{ gitleaks: {} }])
    const unknown = await source.json(['check', '--only', 'gitlaeks'], PATHS())
    assert.deepEqual([unknown.code, unknown.value.code], [2, 'CHECKS_UNCONFIGURED'])
    checks([])
    const nothing = await source.json(['check'], PATHS())
    assert.deepEqual([nothing.code, nothing.value.code], [2, 'CHECKS_UNCONFIGURED'])
  })

  test('an interrupt ends the tools too', async () => {
    checks([{ gitleaks: {} }])
    const pids = join(source.directory, 'out/pids')
    const inner = `const child = require('node:child_process').spawn('sleep', ['60'])
      fs.writeFileSync(${JSON.stringify(pids)}, process.pid + ' ' + child.pid); setTimeout(() => {}, 60_000); return`
    source.write({ 'out/keep': '' })
    fakeGitleaks(source.bin, [], inner)
    const child = source.road.startCli(['check'], PATHS())
    const ended = finished(child)
    while (!existsSync(pids)) await pause(20)
    await pause(100)
    child.kill('SIGINT')
    assert.equal((await ended).code, 130)
    for (const pid of readFileSync(pids, 'utf8').split(' ')) {
      for (let tries = 0; tries < 50 && isAlive(Number(pid)); tries++) await pause(20)
      assert.ok(!isAlive(Number(pid)), `${pid} still runs`)
    }
  })
})

suite('other tools, as commands', () => {
  const sarif = (level: string) =>
    JSON.stringify({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'eslint' } },
          results: [{ ruleId: 'no-eval', level, message: { text: 'eval' }, locations: [] }],
        },
      ],
    })
  const lint = (more: object = {}) => ({
    command: { name: 'lint', run: ['lint'], report: 'out/lint.sarif', ...more },
  })
  const writes = (text: string, code: number) =>
    fakeTool(
      source.bin,
      'lint',
      `fs.writeFileSync('out/lint.sarif', ${JSON.stringify(text)}); process.exit(${code})`,
    )

  test('the report says what was found, the exit code whether it counts', async () => {
    checks([lint()])
    writes(sarif('error'), 1)
    assert.deepEqual([(await check()).code, (await check()).checks.lint?.findings[0]?.id], [3, 'no-eval'])
    writes(sarif('note'), 0)
    assert.equal((await check()).code, 0)
    writes(sarif('note'), 2)
    assert.deepEqual([(await check()).code, (await check()).checks.lint?.code], [1, 'TOOL_FAILED'])
  })

  test('a report that was there before is not of this run', async () => {
    checks([lint()])
    writes(sarif('note'), 0)
    assert.equal((await check()).code, 0)
    fakeTool(source.bin, 'lint', '')
    const { code, checks: told } = await check()
    assert.deepEqual([code, told.lint?.code], [1, 'TOOL_FAILED'])
    assert.match(told.lint?.reason ?? '', /not written anew/)
  })

  test('a link out of the tree is not followed, nor a path', async () => {
    checks([lint({ report: 'out/link.sarif' })])
    const outside = join(source.bin, '..', '..', `outside-${process.pid}.sarif`)
    writeFileSync(outside, sarif('note'))
    fakeTool(
      source.bin,
      'lint',
      `fs.rmSync('out/link.sarif', { force: true }); fs.symlinkSync(${JSON.stringify(outside)}, 'out/link.sarif')`,
    )
    const linked = await check()
    assert.match(linked.checks.lint?.reason ?? '', /leads out/)
    symlinkSync('/', join(source.directory, 'root'))
    checks([{ checkov: { path: 'root/etc' } }])
    assert.equal((await check()).checks.checkov?.code, 'CONTEXT_ESCAPE')
  })
})

suite('tools from container images', () => {
  test('run with nothing but what they look at; the digest is the tool', async () => {
    checks([{ gitleaks: {} }], { tools: { gitleaks: { image: IMAGE } } })
    const inside = join(source.directory, '.tools/inside')
    const log = join(source.directory, 'out/docker.log')
    fakeGitleaks(inside, [{ rule: 'github-pat', file: 'a.env' }])
    fakeDocker(source.bin, inside, log)
    const { code, checks: told, stdout } = await check()
    assert.equal(code, 3, stdout)
    assert.deepEqual(
      [told.gitleaks?.tool?.image, told.gitleaks?.tool?.digest],
      [IMAGE, `sha256:${'a'.repeat(64)}`],
    )
    fakeGitleaks(inside, [], 'setTimeout(() => {}, 5_000)\nreturn')
    checks([{ gitleaks: { timeout: '1s' } }], { tools: { gitleaks: { image: IMAGE } } })
    assert.equal((await check()).checks.gitleaks?.code, 'TOOL_FAILED')
    const asked = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as string[])
    const started = asked.findLast(([verb]) => verb === 'run') ?? []
    assert.deepEqual(asked.at(-1), ['rm', '--force', started[started.indexOf('--name') + 1]])
  })

  test('without an engine they are missing', async () => {
    checks([{ gitleaks: {} }], { tools: { gitleaks: { image: IMAGE } } })
    const bare = join(source.directory, '.tools/bare')
    mkdirSync(bare)
    symlinkSync(execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim(), join(bare, 'git'))
    const done = await source.json(['check'], { PATH: bare })
    const told = byName(done.value)
    assert.deepEqual([done.code, told.gitleaks?.code], [1, 'TOOL_MISSING'])
    assert.match(told.gitleaks?.reason ?? '', /docker, podman or nerdctl/)
  })
})

/** Dead ones that nobody has collected yet do not run. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/^\d+ \(.*\) Z/.test(readFileSync(stat, 'utf8'))
}
