import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { BuildOutcome } from '../../src/pipeline/outcome.ts'
import type { Outcome } from '../../src/promotion/outcome.ts'
import { MAIN } from '../support/command-line.ts'
import { fakeHadolint } from '../support/fake-tools.ts'
import { behave, installImageTools } from '../support/image-tools.ts'
import { embeddedRegistry } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { githubJob, openStory, suiteCleanup } from '../support/story.ts'
import type { Story } from '../support/story.ts'

const SOURCE = 'https://github.com/contoso/ordersvc'
const STRUCTURE = `schemaVersion: 2.0.0
fileExistenceTests: [{ name: server, path: /app/server.js, shouldExist: true }]
`
const SCANNED = { vulnerabilities: { block: ['critical', 'high'], ignoreUnfixed: true } }

// Story E: git-flow on GitHub. develop builds, release/v1.2.0-sha-… goes to stage, main to prod, hotfixes have a lane.
describe('story E: image build and promotion pipeline', () => {
  const t = suiteCleanup()
  after(t.run)
  let story: Story
  let lab: LabRegistry
  const digests: Record<string, string> = {}

  const evidence = () => join(story.directory, '..', 'check.jsonl')
  const tools = (flaws: readonly (readonly [string, string])[] = []) =>
    behave(story.bin, { flaws: { 'linux/arm64': flaws }, now: new Date().toISOString() })
  const tagsOf = async (name: string): Promise<readonly string[]> => {
    const answer = await fetch(`http://${lab.address}/v2/${name}/tags/list`)
    return answer.ok ? (((await answer.json()) as { tags: string[] | null }).tags ?? []) : []
  }

  /** What the workflow "Build" does on a push. */
  async function build(branch: string, more: readonly string[] = []): Promise<BuildOutcome> {
    const job = githubJob(story, `refs/heads/${branch}`)
    rmSync(evidence(), { force: true })
    await story.answer(0, ['check', 'ordersvc', '--evidence', evidence()], job)
    const words = ['build', 'ordersvc', '--evidence', evidence(), '--outputs', '../outputs', ...more]
    return story.answer<BuildOutcome>(0, words, job)
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
        }),
        stage: environment('stage', {
          after: 'dev',
          tags: ['{version}-rc.{n}'],
          gates: [{ passed: { environment: 'dev' } }, SCANNED],
        }),
        // Where an urgent fix is tried, without the queue of stage.
        hotfix: environment('hotfix', {
          after: 'dev',
          tags: ['hotfix-{commit}'],
          gates: [{ provenance: { branches: ['hotfix/*'] } }, { passed: { environment: 'dev', soak: '2h' } }],
        }),
        prod: environment('prod', {
          after: { any: ['stage', 'hotfix'] },
          tags: ['{version}', '{major}.{minor}', '{major}'],
          gates: [{ signature: {} }, SCANNED],
          prove: [{ command: 'waybill-verify' }],
        }),
      },
      checks: [{ hadolint: {} }],
    }
    story = await openStory(t, SOURCE, config, {
      'server.js': 'listen()\n',
      Dockerfile: 'FROM scratch\n',
      'structure.yaml': STRUCTURE,
      'package.json': '{"name":"ordersvc","version":"1.2.0"}',
    })
    mkdirSync(join(story.bin, 'image'))
    installImageTools(story.bin)
    fakeHadolint(story.bin, [])
    // Verified at deployment: made by this pipeline, and unmodified.
    story.program(
      'waybill-verify',
      `exec "${process.execPath}" "${MAIN}" verify "$WAYBILL_IMAGE" --quiet > /dev/null`,
    )
    tools()
    story.git('checkout', '--quiet', '-b', 'develop')
  })

  it('6. a pull request is checked, built, listed, scanned and tested; it gets a preview and no way further', async () => {
    story.git('checkout', '--quiet', '-b', 'feature/cart')
    story.write({ 'server.js': 'listen() // cart\n' })
    story.commit('A cart')
    const job = githubJob(story, 'refs/pull/7/merge', { GITHUB_EVENT_NAME: 'pull_request' })
    const built = await story.answer<BuildOutcome>(0, ['build', 'ordersvc'], job)
    assert.ok(built.tags.includes('pr-7'))
    const kinds = new Set<string>(built.checks?.map(({ kind }) => kind))
    for (const kind of ['sbom', 'vulnerabilities', 'structure']) assert.ok(kinds.has(kind), kind)
    const refused = await story.answer<Outcome>(
      3,
      ['promote', 'ordersvc', '--to', 'dev', '--image', 'pr-7'],
      job,
    )
    assert.match(JSON.stringify(refused.verdict), /pull-request build is never promotable/)
    fakeHadolint(story.bin, [{ code: 'DL3002', level: 'error' }])
    await story.answer(3, ['check', 'ordersvc'], job)
    fakeHadolint(story.bin, [])
  })

  it('6. when it is closed its preview goes', async () => {
    await story.answer(
      0,
      ['ci', 'clean', 'ordersvc', '--pull-request', '7'],
      githubJob(story, 'refs/heads/develop'),
    )
    assert.deepEqual(await tagsOf('dev/ordersvc'), [])
  })

  it('7. develop: both platforms, two tags, dev deployed', async () => {
    story.git('checkout', '--quiet', 'develop')
    story.git('merge', '--quiet', '--no-ff', '--message', 'Merge feature/cart', 'feature/cart')
    const built = await build('develop')
    assert.deepEqual(
      built.platforms.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    )
    assert.ok(built.tags.includes(`sha-${story.commitNow.slice(0, 7)}`) && built.tags.includes('latest'))
    assert.equal(
      readFileSync(join(story.directory, '..', 'outputs', 'image_digest.txt'), 'utf8').trim(),
      built.digest,
    )
    const job = githubJob(story, 'refs/heads/develop')
    await story.answer(0, ['promote', 'ordersvc', '--to', 'dev', '--image', built.digest], job)
    await story.answer(0, ['pass', 'ordersvc', 'dev'], job)
    digests.release = built.digest
  })

  it('8. dev → stage: the name of the release branch says which image and which version', async () => {
    const branch = `release/v1.2.0-sha-${story.commitNow.slice(0, 7)}`
    story.git('checkout', '--quiet', '-b', branch)
    const job = githubJob(story, `refs/heads/${branch}`)
    const staged = await story.answer<Outcome>(
      0,
      ['promote', 'ordersvc', '--to', 'stage', '--ref', 'ci'],
      job,
    )
    assert.equal(staged.digest, digests.release)
    assert.ok(staged.tags?.includes('1.2.0-rc.1'), staged.tags?.join(' '))
    await story.answer(0, ['pass', 'ordersvc', 'stage'], job)
  })

  it('9. stage → prod: a last scan decides; then the same digest, signed, verified where it runs', async () => {
    const job = githubJob(story, 'refs/heads/main')
    tools([['CVE-2099-0009', 'HIGH']])
    await story.answer(
      0,
      ['scan', 'ordersvc', digests.release ?? '', '--environment', 'stage', '--with', 'trivy'],
      job,
    )
    const stopped = await story.answer<Outcome>(
      3,
      ['promote', 'ordersvc', '--to', 'prod', '--from', 'stage'],
      job,
    )
    assert.match(JSON.stringify(stopped.verdict), /CVE-2099-0009/)
    tools()
    await story.answer(
      0,
      ['scan', 'ordersvc', digests.release ?? '', '--environment', 'stage', '--with', 'trivy'],
      job,
    )
    const released = await story.answer<Outcome>(
      0,
      ['promote', 'ordersvc', '--to', 'prod', '--from', 'stage'],
      job,
    )
    assert.equal(released.digest, digests.release)
    assert.equal(released.proof?.result, 'pass')
    for (const tag of ['1.2.0', '1.2', '1']) assert.ok(released.tags?.includes(tag), tag)
  })

  it('5. hotfix: its own lane, and what it skips is a signed waiver that everybody sees', async () => {
    story.git('checkout', '--quiet', 'main')
    story.git('checkout', '--quiet', '-b', 'hotfix/login')
    story.write({
      'server.js': 'listen() // login\n',
      'package.json': '{"name":"ordersvc","version":"1.2.1"}',
    })
    story.commit('Login works again')
    const job = githubJob(story, 'refs/heads/hotfix/login')
    const { digest } = await build('hotfix/login')
    await story.answer(0, ['promote', 'ordersvc', '--to', 'dev', '--image', digest], job)
    await story.answer(0, ['pass', 'ordersvc', 'dev'], job)
    const waiting = await story.answer<Outcome>(4, ['promote', 'ordersvc', '--to', 'hotfix'], job)
    assert.match(JSON.stringify(waiting.verdict), /soak|2h/)
    const why = [
      '--gate',
      'passed',
      '--reason',
      'Nobody can log in; INC-77',
      '--for',
      '4h',
      '--image',
      digest,
    ]
    await story.answer(0, ['waive', 'ordersvc', 'hotfix', ...why, '--key', 'env://KEY_RITA'], job)
    const through = await story.answer<Outcome>(0, ['promote', 'ordersvc', '--to', 'hotfix'], job)
    assert.equal(through.verdict.gates.find(({ gate }) => gate === 'passed')?.result, 'waived')
    await story.answer(0, ['pass', 'ordersvc', 'hotfix'], job)
    const released = await story.answer<Outcome>(
      0,
      ['promote', 'ordersvc', '--to', 'prod', '--from', 'hotfix'],
      job,
    )
    assert.ok(released.tags?.includes('1.2.1') && released.digest === digest)
  })
})
