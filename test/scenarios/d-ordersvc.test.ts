import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, before, after } from 'node:test'
import { promisify } from 'node:util'
import { MAIN } from '../support/command-line.ts'

const run = promisify(execFile)

interface Stage {
  readonly stage: string
  readonly tags: Readonly<Record<string, string>>
  readonly environments: Readonly<Record<string, string>>
}

interface Demo {
  readonly kind: string
  readonly stages: readonly Stage[]
  readonly refusals: readonly { readonly stage: string; readonly gate: string; readonly reason: string }[]
  readonly rollback: { readonly from: string; readonly to: string }
  readonly tamperDetected: boolean
  readonly directory: string
  readonly page: string
}

// Story D: one image, built once, from a pull request to production by digest; the demo tells it on real parts.
describe('story D: ordersvc', () => {
  let folder = ''
  let demo: Demo
  const stage = (name: string): Stage => {
    const found = demo.stages.find((each) => each.stage === name)
    assert.ok(found, `no stage ${name}`)
    return found
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-story-d-'))
    // CI variables of the machine this runs on must not change the story.
    const env = { ...process.env, GITHUB_ACTIONS: 'true', GITHUB_SHA: '0'.repeat(40) }
    delete (env as NodeJS.ProcessEnv).NODE_TEST_CONTEXT
    const args = [MAIN, 'demo', '--fast', '-o', 'json', '--quiet', '--directory', join(folder, 'demo')]
    const { stdout } = await run(process.execPath, args, { env, maxBuffer: 1 << 24 })
    demo = JSON.parse(stdout) as Demo
  })
  after(() => rm(folder, { recursive: true, force: true }))

  it('1. a pull-request build gets tags and can be promoted to nothing', () => {
    const { tags, environments } = stage('pr-101')
    assert.ok(tags['pr-101'])
    assert.equal(Object.keys(tags).filter((tag) => /^git-[0-9a-f]{8}$/.test(tag)).length, 1)
    assert.deepEqual(environments, {})
    const refusal = demo.refusals.find((each) => each.stage === 'pr-101' && each.gate === 'provenance')
    assert.match(refusal?.reason ?? '', /pull request/)
  })

  it('2. the merge is another build, and goes to dev by digest', () => {
    const { tags, environments } = stage('dev-233')
    assert.equal(tags.dev, environments.dev)
    assert.notEqual(tags.dev, tags['pr-101'])
  })

  it('4. the next merge moves dev', () => {
    assert.notEqual(stage('dev-234').tags.dev, stage('dev-233').tags.dev)
  })

  it('5. the release candidate is the same digest, in staging', () => {
    const { tags, environments } = stage('rc-1.4.0')
    assert.equal(tags['1.4.0-rc.1'], stage('dev-234').environments.dev)
    assert.equal(environments.staging, environments.dev)
  })

  it('6. the release is the same digest, in prod, with its tags', () => {
    const { tags, environments } = stage('release-1.4.0')
    const digest = stage('dev-234').environments.dev
    for (const tag of ['1.4.0', '1.4', '1', 'stable']) assert.equal(tags[tag], digest, tag)
    assert.deepEqual(new Set(Object.values(environments)), new Set([digest]))
    assert.equal(tags['1.3.0'], stage('release-1.3.0').environments.prod)
  })

  it('asks for approval, and not by the author', () => {
    const reasons = demo.refusals.filter((each) => each.gate === 'approval').map((each) => each.reason)
    assert.ok(reasons.some((reason) => reason.includes('bob@contoso.example') && reason.includes('author')))
  })

  it('keeps a vulnerable image out until somebody signs for the finding, and never calls that a pass', async () => {
    const refusal = demo.refusals.find(
      (each) => each.stage === 'vulnerable-1.4.0' && each.gate === 'vulnerabilities',
    )
    assert.match(refusal?.reason ?? '', /CVE-2026-4242 \(high, quantities 1\.2\.0, fixed in 1\.2\.1\)/)
    const bare = demo.refusals.filter((each) => each.stage === 'rc-1.4.0').map(({ gate }) => gate)
    assert.ok(bare.includes('sbom') && bare.includes('vulnerabilities'), bare.join(' '))
    const page = await readFile(demo.page, 'utf8')
    assert.match(page, /WAIVED[\s\S]{0,400}vulnerabilities[\s\S]{0,600}carol@contoso\.example/)
  })

  it('keeps a bad candidate out of prod, with the reason', () => {
    const refusal = demo.refusals.find((each) => each.stage === 'rc-1.4.1' && each.gate === 'tests')
    assert.match(refusal?.reason ?? '', /e2e: FAILED/)
    assert.equal(stage('refused-1.4.1').environments.prod, stage('release-1.4.0').environments.prod)
  })

  it('7. rolls back to the digest before, and forward again, and leaves version tags alone', () => {
    const { from, to } = demo.rollback
    assert.equal(from, stage('release-1.4.0').environments.prod)
    assert.equal(to, stage('release-1.3.0').environments.prod)
    assert.equal(stage('rollback').environments.prod, to)
    assert.deepEqual(stage('rollback').tags, stage('refused-1.4.1').tags)
    assert.equal(stage('forward').environments.prod, from)
  })

  it('notices a forged record', () => {
    assert.equal(demo.tamperDetected, true)
  })

  it('has one commit per promotion in git, with the record it belongs to', async () => {
    const args = [
      '--git-dir',
      join(demo.directory, 'gitops.git'),
      'log',
      '--format=%(trailers:key=Promotion-Record,valueonly)',
      'main',
    ]
    const { stdout } = await run('git', args)
    const records = stdout.split('\n').filter((line) => line.startsWith('sha256:'))
    // dev 3, staging 3, prod 2 releases, 1 rollback, 1 forward
    assert.equal(records.length, 10)
    assert.equal(new Set(records).size, 10)
  })

  it('ends with a page that needs nothing from outside', async () => {
    const page = await readFile(demo.page, 'utf8')
    assert.match(page, /The road of ordersvc/)
    assert.doesNotMatch(page, /<script|src=|<link|@import|url\(http/i)
  })
})
