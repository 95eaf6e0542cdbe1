import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { silent } from '../../src/base/index.ts'
import { provenance, readBuild } from '../../src/attestation/index.ts'
import { buildProvenance } from '../../src/pipeline/index.ts'
import type { StatedSource } from '../../src/pipeline/index.ts'
import { jobIdentity } from '../../src/tools/index.ts'
import { build, Scratch } from '../support/build.ts'
import { CiJob, jenkinsTemplates, SOURCES } from '../support/ci-jobs.ts'
import type { JobShape, System } from '../support/ci-jobs.ts'
import { loopbackIssuer } from '../support/oidc-issuer.ts'
import { rejection } from '../support/rejection.ts'

interface Case extends Partial<JobShape> {
  readonly stated?: StatedSource
  /** `origin`, when it is another than where the system says that the source is. */
  readonly origin?: string
}

/** A build in a job whose token was signed by an issuer on loopback and is really verified. */
async function buildIn(t: TestContext, system: System, told: Case | ((commit: string) => Case)) {
  const scratch = new Scratch()
  t.after(() => scratch[Symbol.dispose]())
  const root = scratch.repository('app', { app: 'app' })
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, stdio: 'pipe' }).toString().trim()
  const commit = git('rev-parse', 'HEAD')
  const { stated, origin, ...shape } = typeof told === 'function' ? told(commit) : told
  git('remote', 'set-url', 'origin', origin ?? `${SOURCES[system]}.git`)
  git('checkout', '-q', '--detach')
  const job = new CiJob(system, { commit, ...shape })
  const issuer = await loopbackIssuer(t)
  const env = { ...job.env, WAYBILL_ID_TOKEN: issuer.token(job.claims) }
  const settings = { require: true, issuer: issuer.issuer }
  const signal = AbortSignal.timeout(20_000)
  const identity = () =>
    jobIdentity({ settings, env, directory: root, now: new Date(), signal, onStep: silent })
  const to = join(scratch.path, 'out')
  return build(root, { to, env: job.env, identity, ...(stated && { spec: { stated } }) })
}

const other = 'f'.repeat(40)

const refused: readonly (readonly [string, System, Case, RegExp])[] = [
  ['another commit', 'github', { claims: { sha: other } }, /commit "f{40}", but git says/],
  ['another repository', 'github', { claims: { repository: 'contoso/website' } }, /repository/],
  ['another branch', 'github', { claims: { ref: 'refs/heads/main' } }, /ref "refs\/heads\/main"/],
  ['another attempt', 'github', { claims: { run_attempt: '1' } }, /run "/],
  ['another event', 'github', { claims: { event_name: 'schedule' } }, /event "schedule"/],
  [
    'a push, while the job says pull request',
    'github',
    { env: { GITHUB_EVENT_NAME: 'pull_request' } },
    /event/,
  ],
  ['a commit that --commit contradicts', 'github', { stated: { commit: other } }, /--commit/],
  ['a branch that --ref contradicts', 'github', { stated: { ref: 'main' } }, /--ref/],
  ['a push that --event calls a tag', 'github', { stated: { event: 'tag' } }, /--event/],
  ['another repository than origin', 'github', { origin: 'git@github.com:mallory/ordersvc.git' }, /git says/],
  ['another commit', 'gitlab', { claims: { sha: other } }, /commit/],
  ['another project', 'gitlab', { claims: { project_path: 'contoso/website' } }, /repository/],
  ['another job', 'gitlab', { claims: { job_id: '301' } }, /run/],
  ['a tag', 'gitlab', { claims: { ref_type: 'tag', ref_path: 'refs/tags/dev' } }, /ref/],
  ['another commit', 'azure-devops', { claims: { rpo_ver: other } }, /commit/],
  ['another branch', 'azure-devops', { claims: { rpo_ref: 'refs/heads/main' } }, /ref/],
  [
    'another repository',
    'azure-devops',
    { claims: { rpo_uri: 'https://dev.azure.com/contoso/shop/_git/website' } },
    /repository/,
  ],
  ['another job', 'jenkins', { claims: { sub: 'https://jenkins.example.com/job/website/' } }, /run/],
  ['another commit', 'jenkins', { claims: { git_commit: other } }, /commit/],
]

const agreed: readonly (readonly [string, System, Case])[] = [
  [
    'git reached the repository by another name of the server',
    'gitlab',
    { origin: 'http://gitlab.internal/contoso/ordersvc.git' },
  ],
  ['git reached it over ssh', 'azure-devops', { origin: 'git@ssh.dev.azure.com:v3/contoso/shop/ordersvc' }],
  [
    'the organisation still has its old address',
    'azure-devops',
    { env: { SYSTEM_COLLECTIONURI: 'https://contoso.visualstudio.com/' } },
  ],
  ['options say the same', 'github', { stated: { ref: 'dev', event: 'push' } }],
]

describe('a verified token and everybody else', () => {
  for (const [what, system, shape, reason] of refused)
    it(`${system}: a token of ${what}`, async (t) => {
      const error = await rejection(buildIn(t, system, shape))
      assert.equal(error.code, 'SOURCE_MISMATCH')
      assert.match(error.message, reason)
    })

  for (const [what, system, shape] of agreed)
    it(`${system}: they agree when ${what}`, async (t) => {
      const { image } = await buildIn(t, system, shape)
      assert.equal(image.source.url, SOURCES[system])
      assert.equal(image.source.ref, 'refs/heads/dev')
    })

  it('the token decides about a merge request: of which project, and that it is one', async (t) => {
    const claims = { pipeline_source: 'merge_request_event', project_path: 'mallory/ordersvc', ref: 'main' }
    const { image } = await buildIn(t, 'gitlab', { claims, env: { CI_PIPELINE_SOURCE: 'push' } })
    assert.equal(image.source.event, 'pull-request')
    assert.equal(image.source.url, 'https://gitlab.example.com/mallory/ordersvc')
  })

  for (const stated of [(commit: string) => commit.toUpperCase(), (commit: string) => commit.slice(0, 12)])
    it('however --commit is written, what the token vouches for is what the provenance states', async (t) => {
      const shape = (commit: string) => ({
        stated: { commit: stated(commit) },
        claims: { ...jenkinsTemplates(commit), branch_name: 'PR-7', change_id: '7' },
      })
      const { image } = await buildIn(t, 'jenkins', shape)
      const predicate = buildProvenance(image, '0.1.0')
      const read = readBuild({ predicateType: 'https://slsa.dev/provenance/v1', predicate })
      assert.ok(read)
      assert.ok(read.vouched.includes('event'))
      assert.equal(read.event, 'pull-request')
      assert.equal(read.source, SOURCES.jenkins)
    })
})

describe('what is written is read back', () => {
  const types: Readonly<Record<System, string>> = {
    github: 'https://actions.github.io/buildtypes/workflow/v1',
    gitlab: 'https://docs.gitlab.com/ci/pipeline_security/slsa/provenance_v1',
    'azure-devops': 'https://waybill.dev/buildtypes/azure-pipelines/v1',
    jenkins: 'https://waybill.dev/build/v1',
  }
  for (const system of Object.keys(types) as System[])
    it(`${system}: every fact`, async (t) => {
      const { image } = await buildIn(t, system, {})
      const written = buildProvenance({ ...image, source: { ...image.source, dirty: true } }, '0.1.0')
      // As it travels, and as the schema of SLSA v1 has it.
      const predicate = JSON.parse(JSON.stringify(written)) as typeof written
      provenance.parse(predicate)
      const { source } = image
      const read = readBuild({ predicateType: 'https://slsa.dev/provenance/v1', predicate })
      assert.equal(read?.buildType, types[system])
      assert.equal(read.source, source.url)
      assert.equal(read.commit, source.commit)
      assert.equal(read.ref, 'refs/heads/dev')
      assert.equal(read.branch, 'dev')
      assert.equal(read.event, 'push')
      assert.equal(read.author, 'ada@example.com')
      assert.equal(read.dirty, true)
      assert.equal(read.builderId, source.identity?.facts.builderId)
      assert.equal(read.issuer, source.identity?.issuer)
      const unexpected = Object.keys(read.parameters).filter((name) => !read.understood.includes(name))
      assert.deepEqual(unexpected, [])
    })

  it('jenkins: with claim templates the token vouches for the source as well', async (t) => {
    const { image: first } = await buildIn(t, 'jenkins', {})
    const { image } = await buildIn(t, 'jenkins', { claims: jenkinsTemplates(first.source.commit) })
    const predicate = buildProvenance(image, '0.1.0')
    const read = readBuild({ predicateType: 'https://slsa.dev/provenance/v1', predicate })
    assert.deepEqual(read?.vouched, ['source', 'commit', 'ref', 'builder', 'run'])
  })

  // What gh and slsa-verifier look at in GitHub's build type, read as they read it.
  it('github: by the fields that other verifiers use', async (t) => {
    const { image } = await buildIn(t, 'github', {})
    const { buildDefinition, runDetails } = buildProvenance(image, '0.1.0')
    const { workflow } = buildDefinition.externalParameters as { workflow: Record<string, string> }
    const [dependency] = buildDefinition.resolvedDependencies ?? []
    assert.deepEqual(Object.keys(buildDefinition.externalParameters), ['workflow'])
    assert.equal(dependency?.uri, `git+${workflow['repository']}@${workflow['ref']}`)
    assert.deepEqual(dependency?.digest, { gitCommit: image.source.commit })
    assert.match(String(workflow['path']), /^\.github\/workflows\/[^@]+$/)
    assert.match(runDetails.builder.id, /^https:\/\/github\.com\/.+\/\.github\/workflows\/.+@refs\//)
    assert.match(String(runDetails.metadata?.invocationId), /\/actions\/runs\/\d+\/attempts\/\d+$/)
  })
})
