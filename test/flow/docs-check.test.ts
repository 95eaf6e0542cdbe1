import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { fakeCheckov, fakeGitleaks, fakeHadolint, fakeTool, fakeTrivy } from '../support/fake-tools.ts'
import { blocksOf, typed } from '../support/guide.ts'
import { APP } from '../support/road.ts'
import { openSourceRoad } from '../support/source-road.ts'
import { MAIN } from '../support/command-line.ts'

const SARIF = { version: '2.1.0', runs: [{ tool: { driver: { name: 'semgrep' } }, results: [] }] }

test('docs/guide/check.md does what it says', { timeout: 60_000 }, async (t) => {
  const source = await openSourceRoad(t, {
    edit: (config) => {
      config.sign = { ...(config.sign as object), vulnerabilities: { key: 'env://KEY_TESTS' } }
    },
    trust: (signers) => {
      for (const one of signers) if (one.id === 'ci-tests') one.mayAssert = ['test-result', 'vulnerabilities']
    },
  })
  fakeGitleaks(source.bin, [])
  fakeCheckov(source.bin, [])
  fakeTrivy(source.bin, [])
  fakeHadolint(source.bin, [])
  fakeTool(source.bin, 'semgrep', `fs.writeFileSync(args.at(-1), ${JSON.stringify(JSON.stringify(SARIF))})`)
  source.write({
    Dockerfile: 'FROM scratch\n',
    'out/keep': '',
    'package.json': JSON.stringify({ scripts: { test: 'node suite.cjs' } }),
    'suite.cjs': `const { writeFileSync } = require('fs')
writeFileSync('out/unit.xml', '<testsuite name="unit"><testcase name="adds"/></testsuite>')
writeFileSync('out/lcov.info', 'SF:app.js\\nDA:1,1\\nLF:1\\nLH:1\\nend_of_record\\n')`,
  })
  const [settings = ''] = blocksOf('check.md', 'yaml')
  source.configure((config) => {
    Object.assign(config, parse(settings))
    config.applications[APP] = {
      ...config.applications[APP],
      build: { exclude: ['out', '.tools', '.cache'] },
    }
  })
  const [lines = ''] = blocksOf('check.md', 'sh')
  const waybill = `waybill() { "${process.execPath}" "${MAIN}" "$@"; }\n`
  const done = await typed(waybill + lines, source.directory, {
    ...source.road.env,
    ...source.env,
    // npm keeps things at home.
    HOME: join(source.directory, 'out'),
  })
  assert.equal(done.code, 0, done.stdout + done.stderr)
  assert.match(done.stdout, /5 checks pass[\s\S]*1 suite passes[\s\S]*Built ordersvc/)
  assert.match(done.stdout, /evidence +\d statements about the source/)
  assert.match(readFileSync(join(source.directory, 'out/reports/unit/1.info'), 'utf8'), /^SF:/)
})
