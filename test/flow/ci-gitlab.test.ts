import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { findTool } from '../support/outside-tool.ts'
import { fakeWaybill, gitlabLocal, jobsOf, pipelineProject } from '../support/ci-pipeline.ts'

// gitlab-ci-local gives a job its files with it.
const rsync = await findTool('rsync')
const HERE = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '1', CI_MERGE_REQUEST_PROJECT_ID: '1' }
const FORK = { CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '2', CI_MERGE_REQUEST_PROJECT_ID: '1' }
const MERGE_REQUEST = { CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_IID: '7' }
const BY_HAND = { CI_PIPELINE_SOURCE: 'web', CI_COMMIT_REF_PROTECTED: 'true' }
const SCHEDULED = { ...BY_HAND, CI_PIPELINE_SOURCE: 'schedule' }
type Words = Readonly<Record<string, string>>

describe('the pipeline for GitLab, as gitlab-ci-local reads it', () => {
  it('is valid, and each event has the jobs of its flow', async (t) => {
    const project = await pipelineProject(t, 'small', 'gitlab')
    const cases: readonly (readonly [Words, Words, Words])[] = [
      [
        { CI_PIPELINE_SOURCE: 'push' },
        {},
        {
          'check-ordersvc': 'on_success',
          'test-ordersvc': 'on_success',
          'build-ordersvc': 'on_success',
          'promote-dev-ordersvc': 'on_success',
          'promote-staging-ordersvc': 'manual',
          'promote-prod-ordersvc': 'manual',
        },
      ],
      [
        { ...MERGE_REQUEST, ...HERE },
        {},
        {
          'mr-check-ordersvc': 'on_success',
          'mr-test-ordersvc': 'on_success',
          'mr-build-ordersvc': 'on_success',
          'mr-clean-up-ordersvc': 'manual',
        },
      ],
      [
        { ...MERGE_REQUEST, ...FORK },
        {},
        {
          'mr-check-ordersvc': 'on_success',
          'mr-test-ordersvc': 'on_success',
          'mr-fork-build-ordersvc': 'on_success',
        },
      ],
      [BY_HAND, { flow: 'promote-staging' }, { 'promote-staging-ordersvc': 'on_success' }],
      [BY_HAND, { flow: 'rollback', environment: 'prod' }, { 'rollback-prod': 'on_success' }],
      [BY_HAND, { flow: 'rescan' }, { rescan: 'on_success' }],
      [{ ...BY_HAND, CI_COMMIT_REF_PROTECTED: 'false' }, { flow: 'rescan' }, {}],
      [SCHEDULED, { flow: 'rescan' }, { rescan: 'on_success' }],
      [SCHEDULED, { flow: 'clean-up' }, { 'clean-up': 'on_success' }],
      [SCHEDULED, {}, {}],
    ]
    for (const [variables, inputs, jobs] of cases)
      assert.deepEqual(await jobsOf(project, variables, inputs), jobs)
  })

  it('asks for nothing that GitLab would not let pass', async (t) => {
    const project = await pipelineProject(t, 'small', 'gitlab')
    for (const inputs of [{ flow: 'deploy' }, { image: 'a; touch pwned' }, { version: '$(id)' }])
      await assert.rejects(jobsOf(project, BY_HAND, inputs), /is not in the list of allowed|required regex/)
  })

  it('promotes by itself behind another environment, and only the application that was asked for', async (t) => {
    const project = await pipelineProject(t, 'regulated', 'gitlab')
    const { git } = project
    git('switch', '--quiet', '--create', 'develop')
    const built = await jobsOf(project, { CI_PIPELINE_SOURCE: 'push' })
    assert.equal(built['promote-qa-ledger'], 'on_success')
    assert.equal(built['promote-performance-ledger'], 'manual')
    assert.deepEqual(await jobsOf(project, BY_HAND, { flow: 'promote-prod', application: 'gateway' }), {
      'promote-prod-gateway': 'on_success',
    })
    git('switch', '--quiet', '--create', 'release/1.4')
    assert.deepEqual(await jobsOf(project, { CI_PIPELINE_SOURCE: 'push' }), {
      'promote-preprod-ledger': 'on_success',
      'promote-preprod-gateway': 'on_success',
    })
    git('switch', '--quiet', '--create', 'feature/a')
    assert.deepEqual(await jobsOf(project, { CI_PIPELINE_SOURCE: 'push' }), {})
  })
})

describe('the pipeline for GitLab, run by gitlab-ci-local', { skip: !rsync && 'rsync is not here' }, () => {
  const SECRETS = { REGISTRY_USER: 'robot', REGISTRY_PASSWORD: 'pass word' }

  it('hands evidence to the build and the digest of the build to dev, in a clean tree', async (t) => {
    const project = await pipelineProject(t, 'small', 'gitlab')
    const program = fakeWaybill(project.home)
    const done = await gitlabLocal(
      project,
      { CI_PIPELINE_SOURCE: 'push', ...SECRETS },
      ['--shell-isolation'],
      { env: { PATH: program.path } },
    )
    assert.equal(done.code, 0, done.stdout + done.stderr)
    const calls = program.calls().map((call) => call.replaceAll(/\/\S*\.waybill\//g, 'TEMP/'))
    const config = `config {"auths":{"registry.example.com":{"auth":"${Buffer.from('robot:pass word').toString('base64')}"}}}`
    assert.deepEqual(calls.slice(0, 2).toSorted(), [
      'check ordersvc --reports TEMP/reports --evidence TEMP/evidence/check.jsonl',
      'test ordersvc --reports TEMP/reports --evidence TEMP/evidence/test.jsonl',
    ])
    // gitlab-ci-local leaves a folder of its own in the checkout; GitLab does not.
    const rest = calls.slice(2).filter((call) => call !== 'dirty ?? .gitlab-ci-reports/')
    assert.deepEqual(rest, [
      'build ordersvc --evidence TEMP/evidence/check.jsonl --evidence TEMP/evidence/test.jsonl --outputs TEMP/build',
      config,
      `promote ordersvc --to dev --image ${program.digest}`,
      config,
    ])
  })

  it('takes what a person typed as a value, whatever it is', async (t) => {
    const project = await pipelineProject(t, 'small', 'gitlab')
    const program = fakeWaybill(project.home)
    const typed = '"; touch pwned; $(touch pwned) `touch pwned` #'
    const done = await gitlabLocal(project, { ...BY_HAND, ...SECRETS }, ['--shell-isolation'], {
      inputs: { flow: 'rollback', environment: 'prod', reason: typed },
      env: { PATH: program.path },
    })
    assert.equal(done.code, 0, done.stdout + done.stderr)
    assert.equal(program.calls()[0], `rollback ordersvc prod --reason ${typed}`)
    assert.equal(existsSync(join(project.directory, 'pwned')), false)
  })
})

it('no job but those of an environment has the keys that promote', async (t) => {
  const { directory } = await pipelineProject(t, 'regulated', 'gitlab')
  const text = readFileSync(join(directory, '.gitlab/waybill.yml'), 'utf8')
  for (const job of text.split(/\n(?=[a-z][\w-]*:\n)/).slice(1))
    if (/DEPLOY_TOKEN|AZURE_CLIENT_ID/.test(job) && job.includes('environment:'))
      assert.match(job, /environment: \{ name: (?:prod|waybill-rescan)/, job)
})
