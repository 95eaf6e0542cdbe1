import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fakeCheckov, fakeGitleaks, fakeTrivy } from '../support/fake-tools.ts'
import { BareRepository } from '../support/git.ts'
import { behave, installImageTools } from '../support/image-tools.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import type { AzureDevOps, AzureJobRun, PipelineRun } from '../support/runners/azure.ts'
import { sonarServer } from '../support/sonar-server.ts'
import type { SonarServer } from '../support/sonar-server.ts'
import { azureProject } from '../support/story-pipelines.ts'
import { openStory, suiteCleanup } from '../support/story.ts'
import type { Story } from '../support/story.ts'

const SOURCE = 'https://dev.azure.com/contoso/shop/_git/shop'

/** Unit tests that pass, and cover nine lines of ten. */
const RUN_TESTS = `mkdir -p out
printf '<testsuite name="unit" tests="1"><testcase classname="cart" name="adds"/></testsuite>' > out/unit.xml
printf 'SF:cart.js\\nLF:10\\nLH:9\\nend_of_record\\n' > out/lcov.info`

// Story A: two pipelines, QA and Prod, one image. Nothing is built when the source is not fit, nothing reaches QA when
// the image is not, and production gets what QA had, by digest. The pipelines are those of `waybill ci init azure`, run
// step by step.
describe('story A: QA to production without rebuilds', () => {
  let story: Story
  let lab: LabRegistry
  let gitops: BareRepository
  let sonar: SonarServer
  let azure: AzureDevOps
  let built: PipelineRun
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
          prove: [{ command: 'smoke' }],
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
      ci: { azure: { variableGroups: ['{environment}-secrets'] } },
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
    story.program('smoke', 'false')
    scanners()
    onImage([])
    await story.pipelines('azure')
    azure = azureProject(story, { ...story.keys, SONAR_TOKEN: 'squ_secret' })
  })

  async function push(): Promise<PipelineRun> {
    const event = { reason: 'IndividualCI', ref: 'refs/heads/main', sha: story.commitNow } as const
    const [run, ...others] = await azure.happens(event)
    assert.deepEqual([run?.name, others.length], ['Build', 0])
    return run as PipelineRun
  }

  function jobIn(run: PipelineRun, name: string): AzureJobRun {
    const job = run.jobs.get(name)
    assert.ok(job, [...run.jobs.keys()].join())
    return job
  }

  const build = (name: string) => `build_shop/${name}_shop`
  const toQa = 'promote_qa_shop/promote_qa_shop'

  /** Somebody starts the second pipeline. */
  async function toProd(): Promise<PipelineRun> {
    const event = { reason: 'Manual', ref: 'refs/heads/main', sha: story.commitNow } as const
    const [run] = await azure.happens({ ...event, pipeline: 'Promote prod' })
    return run as PipelineRun
  }

  it('1. a leaked key, a container that runs as root or a critical flaw stops before anything is built', async () => {
    for (const [found, check] of [
      [{ leaks: true }, 'gitleaks'],
      [{ root: true }, 'checkov'],
      [{ flaw: true }, 'trivy'],
    ] as const) {
      scanners(found)
      built = built ? await azure.again(built) : await push()
      const { log, result } = jobIn(built, build('check'))
      assert.equal(result, 'Failed', log)
      assert.deepEqual(
        log.split('\n').flatMap((line) => /^FAIL +(\w+)/.exec(line)?.[1] ?? []),
        [check],
        log,
      )
      assert.equal(jobIn(built, build('build')).result, 'Skipped')
      assert.equal(built.jobs.has(toQa), false)
    }
    assert.ok(await isEmpty())
    scanners()
  })

  it('2. tests first, then the quality gate with their coverage; it says no, and nothing is built', async () => {
    sonar.gate = 'ERROR'
    story.commit('Less is covered')
    built = await push()
    const { log, result, shown } = jobIn(built, build('test'))
    assert.equal(result, 'Failed', log)
    assert.match(log, /quality gate/i)
    assert.deepEqual(shown, ['tests'])
    assert.equal(jobIn(built, build('check')).result, 'Succeeded')
    assert.equal(jobIn(built, build('build')).result, 'Skipped')
    sonar.gate = 'OK'
  })

  it('3. the image is looked at before it is pushed: a critical flaw in its base keeps it out of QA', async () => {
    onImage([['CVE-2099-0001', 'CRITICAL']])
    built = await azure.again(built)
    const refused = jobIn(built, build('build'))
    assert.equal(refused.result, 'Failed')
    assert.match(refused.log, /CVE-2099-0001/)
    assert.ok(await isEmpty(), 'nothing was pushed')
    onImage([])
    built = await azure.again(built)
    const { outputs, result, log } = jobIn(built, build('build'))
    assert.equal(result, 'Succeeded', log)
    digest = outputs['build.digest'] ?? ''
    assert.match(outputs['build.tags'] ?? '', new RegExp(`qa-${story.commitNow.slice(0, 7)}`))
  })

  it('3b. QA takes it by everything that is signed about source and image', async () => {
    const { log } = jobIn(built, toQa)
    const judged = log
      .split('\n')
      .flatMap((line) => /^ *(PASS|FAIL|WAIT|ERROR|UNKNOWN) {2}/.exec(line)?.[1] ?? [])
    assert.deepEqual(new Set(judged), new Set(['PASS']), log)
  })

  it('4. production gets the identical digest, and not before QA has passed', async () => {
    assert.equal(jobIn(built, toQa).result, 'Failed', 'the smoke test of QA fails')
    const early = await toProd()
    assert.equal(early.result, 'Failed')
    story.program('smoke', 'test -n "$WAYBILL_IMAGE"')
    built = await azure.again(built)
    assert.equal(built.result, 'Succeeded', jobIn(built, toQa).log)
    const began = performance.now()
    const run = await toProd()
    assert.ok(performance.now() - began < 30_000)
    const { result, log } = jobIn(run, '__default/promote_prod_shop')
    assert.equal(result, 'Succeeded', log)
    const place = `http://${lab.address}/v2/prod/shop/manifests/prod-${story.commitNow.slice(0, 8)}`
    const accept = 'application/vnd.oci.image.index.v1+json'
    const answer = await fetch(place, { method: 'HEAD', headers: { accept } })
    assert.equal(answer.headers.get('docker-content-digest'), digest)
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
    const traced = JSON.stringify(await story.answer<object>(0, ['trace', digest, '--application', 'shop']))
    assert.ok(traced.includes(story.commitNow) && traced.includes('buildId=77'), traced)
    const verified = JSON.stringify(
      await story.answer<object>(0, ['verify', `${lab.address}/prod/shop@${digest}`]),
    )
    for (const word of ['gitleaks', 'checkov', 'trivy', 'unit']) assert.ok(verified.includes(word), word)
  })

  it('8. the weekly rescan scans anew, and tells what would no longer be let in', async () => {
    const rescan = async () => {
      const event = { reason: 'Schedule', ref: 'refs/heads/main', sha: story.commitNow } as const
      const runs = await azure.happens(event)
      const run = runs.find(({ name }) => name === 'Rescan')
      assert.ok(run)
      return jobIn(run, '__default/rescan')
    }
    const still = await rescan()
    assert.equal(still.result, 'Succeeded', still.log)
    onImage([['CVE-2099-0003', 'CRITICAL']])
    const now = await rescan()
    assert.equal(now.result, 'Failed')
    assert.match(now.log, /CVE-2099-0003/)
  })

  it('keys and tokens are in the steps that name them only, and in no log', () => {
    assert.deepEqual(jobIn(built, build('check')).secrets, ['KEY_EVIDENCE'])
    assert.deepEqual(jobIn(built, build('test')).secrets, ['SONAR_TOKEN', 'KEY_EVIDENCE'])
    assert.deepEqual(jobIn(built, toQa).secrets, ['KEY_PROMOTION', 'KEY_PASS'])
    const logs = azure.runs.flatMap(({ jobs }) => [...jobs.values()].map(({ log, summary }) => log + summary))
    for (const secret of [...Object.values(story.keys).map((pem) => pem.split('\n')[1] ?? pem), 'squ_secret'])
      assert.ok(!logs.some((log) => log.includes(secret)))
  })
})
