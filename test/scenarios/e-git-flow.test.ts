import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fakeHadolint } from '../support/fake-tools.ts'
import { behave, installImageTools } from '../support/image-tools.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { fakeGh } from '../support/runners/gh.ts'
import type { GitHub, JobRun, WorkflowRun } from '../support/runners/github.ts'
import { githubProject } from '../support/story-pipelines.ts'
import { openStory, suiteCleanup } from '../support/story.ts'
import type { Story } from '../support/story.ts'

const SOURCE = 'https://github.com/contoso/ordersvc'
const STRUCTURE = `schemaVersion: 2.0.0
fileExistenceTests: [{ name: server, path: /app/server.js, shouldExist: true }]
`
const SCANNED = { vulnerabilities: { block: ['critical', 'high'], ignoreUnfixed: true } }

// Story E: git-flow on GitHub. develop builds, release/v1.2.0-sha-… goes to stage, main to prod, hotfixes have a lane. The
// workflows are those of `waybill ci init github`, run step by step.
describe('story E: image build and promotion pipeline', () => {
  const t = suiteCleanup()
  after(t.run)
  let story: Story
  let lab: LabRegistry
  let github: GitHub
  let digest = ''

  const tools = (flaws: readonly (readonly [string, string])[] = []) =>
    behave(story.bin, { flaws: { 'linux/arm64': flaws }, now: new Date().toISOString() })

  async function tagsOf(name: string): Promise<readonly string[]> {
    const answer = await fetch(`http://${lab.address}/v2/${name}/tags/list`)
    return answer.ok ? (((await answer.json()) as { tags: string[] | null }).tags ?? []) : []
  }

  async function digestOf(name: string, tag: string): Promise<string | null> {
    const headers = { accept: 'application/vnd.oci.image.index.v1+json' }
    const answer = await fetch(`http://${lab.address}/v2/${name}/manifests/${tag}`, {
      method: 'HEAD',
      headers,
    })
    return answer.headers.get('docker-content-digest')
  }

  /** The one workflow that this push starts. */
  async function push(branch: string): Promise<WorkflowRun> {
    const [run, ...others] = await github.happens({
      name: 'push',
      ref: `refs/heads/${branch}`,
      sha: story.git('rev-parse', branch),
    })
    assert.ok(run && others.length === 0, branch)
    return run
  }

  /** "Run workflow". */
  async function person(workflow: string, inputs: Readonly<Record<string, string>> = {}) {
    const sha = story.git('rev-parse', 'main')
    const event = { name: 'workflow_dispatch', ref: 'refs/heads/main', sha, workflow, inputs } as const
    const [run] = await github.happens(event)
    assert.ok(run, workflow)
    return run
  }

  function pullRequest(action: 'opened' | 'synchronize' | 'closed') {
    const pull = { number: 7, base: { ref: 'develop' }, head: { repo: { full_name: 'contoso/ordersvc' } } }
    return { action, pull_request: pull }
  }

  async function opened(branch: string, action: 'opened' | 'synchronize'): Promise<WorkflowRun> {
    story.git('checkout', '--quiet', '--detach', 'develop')
    story.git('merge', '--quiet', '--no-ff', '--message', `Merge ${branch}`, branch)
    const sha = story.commitNow
    story.git('update-ref', 'refs/pull/7/merge', sha)
    story.git('checkout', '--quiet', branch)
    const event = { name: 'pull_request', ref: 'refs/pull/7/merge', sha } as const
    const [run] = await github.happens({ ...event, payload: pullRequest(action) })
    assert.ok(run)
    return run
  }

  function jobIn(run: WorkflowRun, id: string): JobRun {
    const job = run.jobs.get(id)
    assert.ok(job, [...run.jobs.keys()].join())
    return job
  }

  function goesWell(run: WorkflowRun): void {
    const logs = [...run.jobs.values()].map(({ id, result, log }) => `${id} ${result}\n${log}`)
    assert.equal(run.conclusion, 'success', logs.join('\n'))
  }

  before(async () => {
    lab = await embeddedRegistry(t)
    const environment = (name: string, more: object) => ({
      repository: `${lab.address}/${name}/{application}`,
      ...more,
    })
    const config = {
      applications: {
        ordersvc: {
          source: SOURCE,
          build: {
            platforms: ['linux/amd64', 'linux/arm64'],
            tags: ['sha-{short}', 'latest'],
            sbom: 'syft',
            scan: ['trivy'],
            structure: 'structure.yaml',
            publish: 'admitted',
          },
        },
      },
      environments: {
        dev: environment('dev', {
          accepts: 'build',
          tags: ['git-{commit}', 'dev'],
          gates: [
            { provenance: { branches: ['develop', 'hotfix/*'] } },
            { sbom: {} },
            { structure: {} },
            { vulnerabilities: { block: ['critical'], ignoreUnfixed: true } },
          ],
          prove: [{ command: 'true' }],
        }),
        stage: environment('stage', {
          after: 'dev',
          tags: ['{version}-rc.{n}'],
          gates: [{ passed: { environment: 'dev' } }, SCANNED],
          prove: [{ command: 'true' }],
        }),
        // Where an urgent fix is tried, without the queue of stage.
        hotfix: environment('hotfix', {
          after: 'dev',
          tags: ['hotfix-{commit}'],
          gates: [{ provenance: { branches: ['hotfix/*'] } }, { passed: { environment: 'dev', soak: '2h' } }],
          prove: [{ command: 'true' }],
        }),
        prod: environment('prod', {
          after: { any: ['stage', 'hotfix'] },
          tags: ['{version}', '{major}.{minor}', '{major}'],
          gates: [{ signature: {} }, SCANNED],
          prove: [{ command: 'waybill-verify' }],
        }),
      },
      checks: [{ hadolint: {} }],
      ci: {
        branches: ['develop', 'hotfix/*'],
        pullRequests: ['develop', 'main'],
        promote: { stage: { branches: ['release/*'] }, prod: { branches: ['main'] } },
      },
    }
    story = await openStory(t, SOURCE, config, {
      'server.js': 'listen()\n',
      Dockerfile: 'FROM scratch\n',
      'structure.yaml': STRUCTURE,
      'package.json': '{"name":"ordersvc","version":"1.2.0"}',
    })
    installImageTools(story.bin)
    fakeHadolint(story.bin, [])
    // Verified at deployment: made by this pipeline, and unmodified.
    story.program('waybill-verify', 'exec waybill verify "$WAYBILL_IMAGE" --quiet > /dev/null')
    story.program('gh', fakeGh(join(story.bin, 'comment')))
    tools()
    await story.pipelines('github')
    github = githubProject(story, story.keys)
    story.git('checkout', '--quiet', '-b', 'develop')
  })

  it('6. a pull request is checked, built, listed, scanned and tested; it gets a preview and no way further', async () => {
    story.git('checkout', '--quiet', '-b', 'feature/cart')
    story.write({ 'server.js': 'listen() // cart\n' })
    story.commit('A cart')
    fakeHadolint(story.bin, [{ code: 'DL3002', level: 'error' }])
    const stopped = await opened('feature/cart', 'opened')
    assert.match(jobIn(stopped, 'check-ordersvc').log, /DL3002/)
    assert.equal(jobIn(stopped, 'build-ordersvc').result, 'skipped')
    fakeHadolint(story.bin, [])

    const run = await opened('feature/cart', 'synchronize')
    goesWell(run)
    const told = readFileSync(join(story.bin, 'comment'), 'utf8')
    for (const word of ['pr-7', 'syft', 'trivy', 'structure']) assert.ok(told.includes(word), told)
    assert.ok((await tagsOf('dev/ordersvc')).includes('pr-7'))
    const words = ['promote', 'ordersvc', '--to', 'dev', '--image', 'pr-7']
    const refused = await story.answer<object>(3, words)
    assert.match(JSON.stringify(refused), /pull-request build is never promotable/)
  })

  it('6. when it is closed its preview goes', async () => {
    const event = { name: 'pull_request_target', ref: 'refs/heads/develop' } as const
    const sha = story.git('rev-parse', 'develop')
    const [run] = await github.happens({ ...event, sha, payload: pullRequest('closed') })
    assert.ok(run)
    goesWell(run)
    assert.deepEqual(await tagsOf('dev/ordersvc'), [])
  })

  it('7. develop: both platforms, two tags, dev deployed', async () => {
    story.git('checkout', '--quiet', 'develop')
    story.git('merge', '--quiet', '--no-ff', '--message', 'Merge feature/cart', 'feature/cart')
    const run = await push('develop')
    goesWell(run)
    digest = jobIn(run, 'build-ordersvc').outputs['digest'] ?? ''
    const tags = await tagsOf('dev/ordersvc')
    assert.ok(tags.includes(`sha-${story.commitNow.slice(0, 7)}`) && tags.includes('latest'), tags.join())
    const text = readFileSync(join(run.folder, 'artifacts', 'image-ordersvc', 'image_digest.txt'), 'utf8')
    assert.equal(text.trim(), digest)
    assert.equal(await digestOf('dev/ordersvc', 'dev'), digest)
  })

  it('8. dev → stage: the name of the release branch says which image and which version', async () => {
    const branch = `release/v1.2.0-sha-${story.commitNow.slice(0, 7)}`
    story.git('checkout', '--quiet', '-b', branch)
    goesWell(await push(branch))
    assert.equal(await digestOf('stage/ordersvc', '1.2.0-rc.1'), digest)
  })

  it('9. stage → prod: a last scan decides; then the same digest, signed, verified where it runs', async () => {
    tools([['CVE-2099-0009', 'HIGH']])
    assert.equal((await person('Rescan')).conclusion, 'failure')
    const release = story.git('branch', '--show-current')
    story.git('checkout', '--quiet', 'main')
    story.git('merge', '--quiet', '--no-ff', '--message', 'Release 1.2.0', release)
    const stopped = await push('main')
    assert.equal(stopped.conclusion, 'failure')
    assert.match(jobIn(stopped, 'promote-prod-ordersvc').log, /CVE-2099-0009/)
    tools()
    goesWell(await person('Rescan'))
    const released = await github.again(stopped)
    goesWell(released)
    for (const tag of ['1.2.0', '1.2', '1']) assert.equal(await digestOf('prod/ordersvc', tag), digest, tag)
  })

  it('5. hotfix: its own lane, and what it skips is a signed waiver that everybody sees', async () => {
    story.git('checkout', '--quiet', '-b', 'hotfix/login')
    story.write({
      'server.js': 'listen() // login\n',
      'package.json': '{"name":"ordersvc","version":"1.2.1"}',
    })
    story.commit('Login works again')
    const built = await push('hotfix/login')
    goesWell(built)
    const fixed = jobIn(built, 'build-ordersvc').outputs['digest'] ?? ''
    const waiting = await person('Promote hotfix')
    assert.match(jobIn(waiting, 'promote-hotfix-ordersvc').log, /exit code 4/)
    const why = ['--gate', 'passed', '--reason', 'Nobody can log in; INC-77', '--for', '4h', '--image', fixed]
    await story.answer(0, ['waive', 'ordersvc', 'hotfix', ...why, '--key', 'env://KEY_RITA'])
    const through = await github.again(waiting)
    goesWell(through)
    assert.match(jobIn(through, 'promote-hotfix-ordersvc').summary, /INC-77/)

    story.git('checkout', '--quiet', 'main')
    story.git('merge', '--quiet', '--no-ff', '--message', 'Merge hotfix/login', 'hotfix/login')
    const unclear = await push('main')
    assert.match(jobIn(unclear, 'promote-prod-ordersvc').log, /UPSTREAM_AMBIGUOUS/)
    goesWell(await person('Promote prod', { from: 'hotfix' }))
    assert.equal(await digestOf('prod/ordersvc', '1.2.1'), fixed)
  })

  it('names of branches and words of people are never run', async () => {
    const evil = "release/v1.2.0-$(touch${IFS}hacked);'touch$IFS'hacked';`touch${IFS}hacked`${{github.token}}"
    story.git('branch', evil, 'main')
    const run = await push(evil)
    assert.equal(run.conclusion, 'failure')
    const asked = await person('Promote stage', { image: '$(touch hacked)', version: '1";touch hacked;"' })
    assert.equal(asked.conclusion, 'failure')
    for (const { folder } of [run, asked]) assert.deepEqual(globSync('**/hacked', { cwd: folder }), [])
  })

  it('keys are in the jobs that name them only, and in no log', () => {
    const jobs = github.runs.flatMap((run) => [...run.jobs.values()])
    const seen = new Map(jobs.map(({ id, secrets }) => [id, secrets]))
    assert.deepEqual(seen.get('promote-prod-ordersvc'), ['KEY_PROMOTION', 'KEY_PASS'])
    assert.deepEqual(seen.get('comment-ordersvc'), [])
    const logs = jobs.map(({ log, summary }) => log + summary)
    for (const pem of Object.values(story.keys))
      assert.ok(!logs.some((log) => log.includes(pem.split('\n')[1] ?? pem)))
  })
})
