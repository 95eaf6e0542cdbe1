import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { predicateTypes, REPORT } from '../../src/attestation/index.ts'
import { bundlesOn } from '../support/attached.ts'
import { fakeCheckov, fakeGitleaks, fakeTrivy } from '../support/fake-tools.ts'
import { APP } from '../support/road.ts'
import { sonarServer } from '../support/sonar-server.ts'
import { openSourceRoad } from '../support/source-road.ts'
import type { SourceRoad } from '../support/source-road.ts'
import { parseDigest } from '../../src/oci/index.ts'

// check and test sign about the commit; build says it about the image; the gates of dev read it from there.
const JUNIT = '<testsuite name="unit"><testcase name="adds"/><testcase name="subtracts"/></testsuite>'
const LCOV = 'SF:app.js\nDA:1,1\nDA:2,1\nDA:3,0\nLF:3\nLH:2\nend_of_record\n'
const SARIF = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'semgrep', semanticVersion: '1.2.3' } }, results: [] }],
})
const wrote = (file: string, text: string) => [
  'node',
  '-e',
  `require('fs').writeFileSync('${file}', \`${text}\`)`,
]
const GATES = [
  { provenance: { branches: ['dev'], event: 'push' } },
  { secrets: { tools: ['gitleaks'] } },
  { misconfiguration: { tools: ['checkov'] } },
  { sast: {} },
  { tests: { suites: ['unit'] } },
  { coverage: { line: 60 } },
  { quality: {} },
]

interface Envelope {
  readonly subject: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[]
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
}

function statementIn(bundle: Buffer | string): Envelope {
  const json = JSON.parse(bundle.toString()) as { dsseEnvelope: { payload: string } }
  return JSON.parse(Buffer.from(json.dsseEnvelope.payload, 'base64').toString('utf8')) as Envelope
}

const factsIn = ({ predicate }: Envelope) => predicate[REPORT] as Record<string, Record<string, unknown>>

let source: SourceRoad
const ends: (() => Promise<void> | void)[] = []
before(async () => {
  const t = { after: (end: () => Promise<void> | void) => void ends.push(end) }
  const sonar = await sonarServer(t, 'sonar-secret')
  source = await openSourceRoad(t, {
    edit: (config) => {
      config.sign = { ...(config.sign as object), vulnerabilities: { key: 'env://KEY_TESTS' } }
    },
    trust: (signers) => {
      for (const one of signers) if (one.id === 'ci-tests') one.mayAssert = ['test-result', 'vulnerabilities']
    },
  })
  fakeTrivy(source.bin, [])
  fakeGitleaks(source.bin, [])
  fakeCheckov(source.bin, [])
  source.configure((config) => {
    config.checks = [
      { gitleaks: {} },
      { trivy: { scanners: ['vuln'] } },
      { checkov: { frameworks: ['terraform'] } },
      { command: { name: 'semgrep', run: wrote('out/semgrep.sarif', SARIF), report: 'out/semgrep.sarif' } },
    ]
    config.tests = {
      suites: [
        {
          name: 'unit',
          run: [
            'sh',
            '-c',
            `mkdir -p out; echo '${JUNIT}' > out/unit.xml; printf '${LCOV.replaceAll('\n', '\\n')}' > out/lcov.info`,
          ],
          reports: ['out/unit.xml', 'out/lcov.info'],
        },
      ],
      sonar: {
        url: sonar.url,
        task: 'out/report-task.txt',
        run: ['sh', '-c', sonar.scanner('out/report-task.txt')],
      },
    }
    config.applications[APP] = {
      ...config.applications[APP],
      build: { builder: 'native', exclude: ['out', '.tools', '.cache'] },
    }
    config.environments.dev = { ...config.environments.dev, gates: GATES }
  })
  source.write({ 'out/keep': '' })
})
after(async () => {
  for (const end of ends.toReversed()) await end()
})
suite('evidence about a source', () => {
  test('check, test, build and promote: the gates read from the digest what was signed about the commit', async () => {
    const checked = await source.json([
      'check',
      APP,
      '--evidence',
      'out/check.jsonl',
      '--reports',
      'out/reports',
    ])
    assert.equal(checked.code, 0, checked.stdout + checked.stderr)
    const { commit } = checked.value
    assert.deepEqual(checked.value.evidence, { file: 'out/check.jsonl', statements: 4 })
    const statements = linesOf('out/check.jsonl').map(statementIn)
    for (const { subject } of statements)
      assert.deepEqual(subject, [
        { name: 'git+https://git.example.com/contoso/ordersvc', digest: { gitCommit: commit } },
      ])
    const [leaks] = statements
    assert.ok(leaks)
    assert.deepEqual([leaks.predicateType, leaks.predicate.result], [predicateTypes['test-result'], 'PASSED'])
    const { tool, counts, commits } = factsIn(leaks)
    assert.deepEqual([tool?.name, tool?.version, counts?.suppressed], ['gitleaks', '8.30.1', 0])
    assert.match(String(tool?.digest), /^sha256:[0-9a-f]{64}$/)
    assert.equal(commits, `every commit up to ${commit}`)
    assert.equal(readFileSync(join(source.directory, 'out/reports/gitleaks.json'), 'utf8'), '[]')

    const tested = await source.json(['test', '--evidence', 'out/test.jsonl'], {
      SONAR_TOKEN: 'sonar-secret',
    })
    assert.equal(tested.code, 0, tested.stdout + tested.stderr)
    assert.deepEqual(tested.value.evidence, { file: 'out/test.jsonl', statements: 3 })

    const words = ['build', APP, '--event', 'push', '--ref', 'dev', '--evidence', 'out/*.jsonl']
    const built = await source.json(words)
    assert.equal(built.code, 0, built.stdout + built.stderr)
    assert.deepEqual(built.value.evidence, { statements: 7, attached: 7 })
    const onImage = (await bundlesOn(source.road.store('dev'), parseDigest(built.value.digest, ''))).map(
      ({ bytes }) => statementIn(bytes),
    )
    const restated = onImage.filter(({ predicate }) => predicate[REPORT] !== undefined)
    assert.equal(restated.length, 7)
    for (const one of restated) {
      assert.equal(`sha256:${one.subject[0]?.digest.sha256}`, built.value.digest)
      assert.equal(factsIn(one).source?.commit, commit)
      assert.match(String(factsIn(one).source?.statement), /^sha256:/)
    }

    const again = await source.json(words)
    assert.deepEqual([again.value.outcome, again.value.evidence], ['already', { statements: 7, attached: 0 }])

    const promoted = await source.json(['promote', APP, '--to', 'dev', '--image', built.value.digest])
    assert.equal(promoted.code, 0, promoted.stdout + promoted.stderr)
    assert.deepEqual(
      promoted.value.verdict.gates.slice(0, GATES.length).map(({ gate, result }) => `${gate} ${result}`),
      GATES.map((gate) => `${Object.keys(gate)[0]} pass`),
    )
  })

  test('what failed is signed as well, and the gate sees it', async () => {
    fakeGitleaks(source.bin, [{ rule: 'github-pat', file: 'a.env' }])
    source.write({ 'app.js': 'console.log("leaks")\n' })
    source.commit()
    fakeTrivy(source.bin, [{ id: 'CVE-2026-1', severity: 'CRITICAL' }])
    const only = ['--only', 'gitleaks', '--only', 'trivy']
    const checked = await source.json(['check', ...only, '--evidence', 'out/failed.jsonl'])
    assert.equal(checked.code, 3)
    const [failed] = linesOf('out/failed.jsonl').map(statementIn)
    assert.equal(failed?.predicate.result, 'FAILED')
    const built = await source.json([
      'build',
      APP,
      '--event',
      'push',
      '--ref',
      'dev',
      '--evidence',
      'out/failed.jsonl',
    ])
    assert.equal(built.code, 0, built.stdout)
    const plan = await source.json(['plan', APP, '--to', 'dev', '--image', built.value.digest])
    assert.equal(plan.code, 3)
    const secrets = plan.value.verdict.gates.find(({ gate }) => gate === 'secrets')
    assert.match(secrets?.reason ?? '', /1 secret found/)
    source.configure((config) => {
      config.environments.dev = { ...config.environments.dev, gates: [{ vulnerabilities: {} }] }
    })
    const scanned = await source.json(['plan', APP, '--to', 'dev', '--image', built.value.digest])
    assert.match(scanned.value.verdict.gates[0]?.reason ?? '', /CVE-2026-1/)
    fakeTrivy(source.bin, [])
    fakeGitleaks(source.bin, [])
  })

  test('evidence of another commit, of a stranger, changed or empty is refused; what is not there is an error', async () => {
    const good = linesOf('out/check.jsonl')
    const refused = async (text: string, expected: RegExp) => {
      writeFileSync(join(source.directory, 'out/bad.jsonl'), text)
      const done = await source.json(['build', APP, '--evidence', 'out/bad.jsonl'])
      assert.deepEqual([done.code, done.value.code], [3, 'EVIDENCE_REFUSED'], done.stdout)
      assert.match(done.value.message ?? '', expected)
    }
    const tampered = good.map((line) => {
      const json = JSON.parse(line) as { dsseEnvelope: { payload: string } }
      const payload = Buffer.from(json.dsseEnvelope.payload, 'base64')
        .toString('utf8')
        .replace('8.30.1', '8.30.2')
      json.dsseEnvelope.payload = Buffer.from(payload).toString('base64')
      return JSON.stringify(json)
    })
    await refused(tampered.join('\n'), /did not sign this content/)
    await refused('', /0 lines/)
    await refused('not json\n', /./)
    const trust = join(source.directory, 'trust.yaml')
    const missing = await source.json(['build', APP, '--evidence', 'out/nothing.jsonl'])
    assert.deepEqual([missing.code, missing.value.code], [2, 'FILE_UNREADABLE'])
    const before = readFileSync(trust, 'utf8')
    source.write({ 'app.js': 'console.log(2)\n' })
    const dirty = await source.json(['build', APP, '--evidence', 'out/check.jsonl'])
    assert.deepEqual([dirty.code, dirty.value.code], [2, 'SOURCE_DIRTY'], dirty.stdout)
    source.commit()
    await refused(good.join('\n'), /not about the commit that is built/)
    writeFileSync(trust, before.replaceAll('"test-result"', '"provenance"'))
    source.commit()
    await refused(good.join('\n'), /may not assert|not about/)
    writeFileSync(trust, before)
    source.commit()
  })

  test('about a changed tree nothing is signed, and without a key no tool runs', async () => {
    source.write({ 'app.js': 'console.log(3)\n' })
    const dirty = await source.json(['check', '--evidence', 'out/dirty.jsonl'])
    assert.deepEqual([dirty.code, dirty.value.code], [2, 'SOURCE_DIRTY'])
    const told = await source.json(['check', '--only', 'gitleaks'])
    assert.deepEqual([told.code, told.value.dirty], [0, true])
    source.commit()
    fakeGitleaks(source.bin, [], `fs.writeFileSync(${JSON.stringify(join(source.directory, 'out/ran'))}, '')`)
    const keyless = await source.json(['check', '--evidence', 'out/keyless.jsonl'], { KEY_TESTS: '' })
    assert.deepEqual([keyless.code, keyless.value.code], [2, 'KEY_UNREADABLE'])
    assert.throws(() => readFileSync(join(source.directory, 'out/ran')))
    assert.throws(() => readFileSync(join(source.directory, 'out/keyless.jsonl')))
  })
})

function linesOf(file: string): readonly string[] {
  return readFileSync(join(source.directory, file), 'utf8').trim().split('\n')
}
