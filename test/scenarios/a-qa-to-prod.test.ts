import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { CheckOutcome } from '../../src/pipeline/check-outcome.ts'
import type { BuildOutcome } from '../../src/pipeline/outcome.ts'
import type { Outcome } from '../../src/promotion/outcome.ts'
import { fakeCheckov, fakeGitleaks, fakeTrivy } from '../support/fake-tools.ts'
import { BareRepository } from '../support/git.ts'
import { behave, installImageTools } from '../support/image-tools.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { sonarServer } from '../support/sonar-server.ts'
import type { SonarServer } from '../support/sonar-server.ts'
import { azureJob, openStory, suiteCleanup } from '../support/story.ts'
import type { Story } from '../support/story.ts'

const SOURCE = 'https://dev.azure.com/contoso/shop/_git/shop'
const CHECK = ['check', 'shop', '--evidence', '../check.jsonl']
const TEST = ['test', 'shop', '--evidence', '../test.jsonl']
const BUILD = ['build', 'shop', '--evidence', '../check.jsonl', '--evidence', '../test.jsonl']

/** Unit tests that pass, and cover nine lines of ten. */
const RUN_TESTS = `mkdir -p out
printf '<testsuite name="unit" tests="1"><testcase classname="cart" name="adds"/></testsuite>' > out/unit.xml
printf 'SF:cart.js\\nLF:10\\nLH:9\\nend_of_record\\n' > out/lcov.info`

// Story A: two pipelines, QA and Prod, one image. Nothing is built when the source is not fit, nothing reaches QA when
// the image is not, and production gets what QA had, by digest.
describe('story A: QA to production without rebuilds', () => {
  let story: Story
  let lab: LabRegistry
  let gitops: BareRepository
  let sonar: SonarServer
  let job: NodeJS.ProcessEnv
  let digest = ''
  const t = suiteCleanup()
  after(t.run)

  /** Source scanners and the image scanner are one program, as Trivy is. */
  function scanners(found: { leaks?: boolean; root?: boolean; flaw?: boolean } = {}): void {
    const folder = join(story.bin, 'source')
    fakeGitleaks(story.bin, found.leaks ? [{ rule: 'aws-access-token', file: 'deploy/main.tf' }] : [])
    fakeCheckov(story.bin, found.root ? ['CKV_DOCKER_3'] : [])
    fakeTrivy(folder, found.flaw ? [{ id: 'CVE-2099-0002', severity: 'CRITICAL' }] : [])
    story.program(
      'trivy',
      `case "$1" in fs) exec "${folder}/trivy" "$@";; *) exec "${story.bin}/image/trivy" "$@";; esac`,
    )
  }

  const onImage = (flaws: readonly (readonly [string, string])[]) =>
    behave(join(story.bin, 'image'), { flaws: { 'linux/amd64': flaws }, now: new Date().toISOString() })

  const isEmpty = async () => {
    const answer = await fetch(`http://${lab.address}/v2/qa/shop/tags/list`)
    const { tags = [] } = answer.ok ? ((await answer.json()) as { tags?: string[] | null }) : {}
    return (tags ?? []).length === 0
  }

  before(async () => {
    lab = await embeddedRegistry(t)
    sonar = await sonarServer(t, 'squ_secret')
    gitops = new BareRepository({ 'prod/kustomization.yaml': 'images:\n  - name: shop\n    newTag: none\n' })
    t.after(() => gitops[Symbol.dispose]())
    const config = {
      applications: {
        shop: {
          source: SOURCE,
          build: { tags: ['qa-{short}'], scan: ['trivy'], publish: 'admitted' },
        },
      },
      environments: {
        qa: {
          accepts: 'build',
          repository: `${lab.address}/qa/{application}`,
          tags: ['git-{commit}'],
          gates: [
            { provenance: { branches: ['main'] } },
            { secrets: { tools: ['gitleaks'] } },
            { misconfiguration: { tools: ['checkov'] } },
            { tests: { suites: ['unit'] } },
            { coverage: { line: 80 } },
            { quality: {} },
            { vulnerabilities: { block: ['critical'], ignoreUnfixed: true } },
          ],
        },
        prod: {
          after: 'qa',
          repository: `${lab.address}/prod/{application}`,
          tags: ['prod-{commit}'],
          gates: [
            { passed: { environment: 'qa' } },
            { vulnerabilities: { block: ['critical'], ignoreUnfixed: true } },
          ],
          deliver: [{ kustomize: { repository: gitops.directory, path: 'prod' } }],
          prove: [{ command: 'kubectl rollout status deployment/shop --timeout=5m' }],
        },
      },
      checks: [{ gitleaks: {} }, { checkov: {} }, { trivy: { scanners: ['vuln'] } }],
      tests: {
        suites: [{ name: 'unit', run: ['sh', 'run-tests.sh'], reports: ['out/unit.xml', 'out/lcov.info'] }],
        sonar: {
          url: sonar.url,
          task: 'out/report-task.txt',
          run: ['sh', '-c', sonar.scanner('out/report-task.txt')],
        },
      },
    }
    story = await openStory(t, SOURCE, config, {
      'server.js': 'listen()\n',
      'run-tests.sh': RUN_TESTS,
      '.gitignore': 'out/\n',
      '.dockerignore': 'out\n',
    })
    mkdirSync(join(story.bin, 'image'))
    installImageTools(join(story.bin, 'image'))
    story.program('kubectl', 'test "$*" = "rollout status deployment/shop --timeout=5m"')
    scanners()
    onImage([])
    job = azureJob(story, { SONAR_TOKEN: 'squ_secret' })
  })

  it('1. a leaked key, a container that runs as root or a critical flaw stops before anything is built', async () => {
    for (const [found, check] of [
      [{ leaks: true }, 'gitleaks'],
      [{ root: true }, 'checkov'],
      [{ flaw: true }, 'trivy'],
    ] as const) {
      scanners(found)
      const { checks } = await story.answer<CheckOutcome>(3, CHECK, job)
      const failed = checks.filter(({ result }) => result === 'fail')
      assert.deepEqual(
        failed.map((one) => one.check),
        [check],
      )
    }
    assert.ok(await isEmpty())
    scanners()
    rmSync(join(story.directory, '..', 'check.jsonl'), { force: true })
    await story.answer(0, CHECK, job)
  })

  it('2. tests first, then the quality gate with their coverage; either says no', async () => {
    sonar.gate = 'ERROR'
    await story.answer(3, TEST, job)
    sonar.gate = 'OK'
    rmSync(join(story.directory, '..', 'test.jsonl'), { force: true })
    await story.answer(0, TEST, job)
  })

  it('3. the image is looked at before it is pushed: a critical flaw in its base keeps it out of QA', async () => {
    onImage([['CVE-2099-0001', 'CRITICAL']])
    const refused = await story.answer<BuildOutcome>(3, BUILD, job)
    assert.equal(refused.outcome, 'refused')
    assert.ok(await isEmpty(), 'nothing was pushed')
    onImage([])
    const built = await story.answer<BuildOutcome>(0, BUILD, job)
    assert.equal(built.outcome, 'built', JSON.stringify(built.admission?.verdict))
    assert.ok(built.tags.includes(`qa-${story.commitNow.slice(0, 7)}`))
    digest = built.digest
  })

  it('3b. QA takes it by everything that is signed about source and image', async () => {
    const { outcome, verdict } = await story.answer<Outcome>(
      0,
      ['promote', 'shop', '--to', 'qa', '--image', digest],
      job,
    )
    assert.equal(outcome, 'promoted')
    assert.deepEqual(new Set(verdict.gates.map(({ result }) => result)), new Set(['pass']))
  })

  it('4. production gets the identical digest, and not before QA has passed', async () => {
    const early = await story.answer<Outcome>(3, ['promote', 'shop', '--to', 'prod'], job)
    assert.equal(early.outcome, 'refused')
    await story.answer(0, ['pass', 'shop', 'qa'], job)
    const began = performance.now()
    const promoted = await story.answer<Outcome>(0, ['promote', 'shop', '--to', 'prod'], job)
    assert.ok(performance.now() - began < 30_000)
    assert.equal(promoted.digest, digest)
    assert.ok(promoted.tags?.includes(`prod-${story.commitNow.slice(0, 8)}`))
    assert.equal(promoted.proof?.result, 'pass')
  })

  it('5. the manifest is committed with what an auditor asks for', () => {
    const [message = ''] = gitops.log()
    assert.match(gitops.show('prod/kustomization.yaml'), new RegExp(`digest: ${digest}`))
    for (const line of [
      'Application: shop',
      'Environment: prod',
      `Image-Digest: ${digest}`,
      'Promotion-Record: sha256:',
    ])
      assert.ok(message.includes(line), message)
  })

  it('6. from the running digest back to commit, tests and scans, offline', async () => {
    const traced = JSON.stringify(
      await story.answer<object>(0, ['trace', digest, '--application', 'shop'], job),
    )
    assert.ok(traced.includes(story.commitNow) && traced.includes('4711'))
    const verified = JSON.stringify(
      await story.answer<object>(0, ['verify', `${lab.address}/prod/shop@${digest}`], job),
    )
    for (const word of ['gitleaks', 'checkov', 'trivy', 'unit']) assert.ok(verified.includes(word), word)
  })

  it('8. the weekly rescan tells what would no longer be let in', async () => {
    const still = await story.answer<{ outcome: string }>(
      0,
      ['rescan', '--with', 'trivy', '--warn-within', '1d'],
      job,
    )
    assert.equal(still.outcome, 'admitted')
    onImage([['CVE-2099-0003', 'CRITICAL']])
    const now = await story.answer<{ outcome: string }>(
      3,
      ['rescan', '--with', 'trivy', '--warn-within', '1d'],
      job,
    )
    assert.equal(now.outcome, 'refused')
  })
})
