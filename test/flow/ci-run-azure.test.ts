import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { APP, openHostedWorld } from '../support/ci-hosted-world.ts'
import type { HostedWorld } from '../support/ci-hosted-world.ts'
import type { Cleanup } from '../support/registries.ts'
import { AzureDevOps } from '../support/runners/azure.ts'
import type { AzureJobRun, PipelineRun } from '../support/runners/azure.ts'
import { serveThreads } from '../support/runners/azure-threads.ts'
import type { AzureEvent } from '../support/runners/azure-triggers.ts'
import { waybill } from '../support/waybill-process.ts'

const SOURCE = 'https://dev.azure.com/contoso/shop/_git/ordersvc'
const cleanups: (() => Promise<void> | void)[] = []
const t: Cleanup = { after: (fn) => void cleanups.unshift(fn) }

/** A project in Azure DevOps with the pipelines that `ci init azure` writes, set up as docs/waybill-ci.md says. */
async function openProject() {
  const world = await openHostedWorld(t, SOURCE)
  const directory = world.clone('main')
  const written = await waybill(['ci', 'init', 'azure'], { cwd: directory })
  assert.equal(written.code, 0, written.stderr)
  world.push(directory, 'pipelines')
  const threads = await serveThreads(t)
  const azure = new AzureDevOps(world, threads.collection)
  for (const path of globSync('pipelines/*.yml', { cwd: directory })) {
    const words = path.replace(/.*waybill-(.*)\.yml$/, '$1').replaceAll('-', ' ')
    azure.pipelines.set(words.slice(0, 1).toUpperCase() + words.slice(1), path)
  }
  azure.groups.set('waybill-pull-request-secrets', {
    secrets: world.secrets('pull-request'),
    refs: ['pull/.*'],
  })
  azure.groups.set('waybill-build-secrets', { secrets: world.secrets('build'), refs: ['heads/main'] })
  for (const flow of ['rescan', 'clean-up'])
    azure.groups.set(`waybill-${flow}-secrets`, { secrets: world.secrets('registry'), refs: ['heads/main'] })
  for (const [name, refs] of Object.entries({
    dev: ['heads/main'],
    staging: ['heads/main', 'heads/release/.*'],
    prod: ['heads/main', 'tags/v.*'],
  })) {
    azure.environments.set(name, refs)
    azure.groups.set(`${name}-secrets`, { secrets: world.secrets('deploy'), refs })
  }
  return { world, azure, threads }
}

function pullRequest(id: number, sha: string, isFork = false): AzureEvent {
  return {
    reason: 'PullRequest',
    ref: `refs/pull/${id}/merge`,
    sha,
    pullRequest: { id, into: 'main', isFork },
  }
}

function jobOf(runs: readonly PipelineRun[], pipeline: string, name: string): AzureJobRun {
  const job = runs.find((run) => run.name === pipeline)?.jobs.get(name)
  assert.ok(job, `${pipeline}: no ${name} in ${runs.flatMap(({ jobs }) => [...jobs.keys()]).join()}`)
  return job
}

function goesWell(runs: readonly PipelineRun[], ...names: readonly string[]) {
  const told = ({ result, jobs }: PipelineRun) =>
    result === 'Succeeded'
      ? ''
      : [...jobs].map(([name, job]) => `${name} ${job.result}\n${job.log}`).join('\n')
  assert.deepEqual(
    runs.map((run) => [run.name, told(run)]),
    names.map((name) => [name, '']),
  )
}

describe('the pipelines that ci init azure writes, run', { concurrency: false }, () => {
  let world: HostedWorld
  let azure: AzureDevOps
  let comments: string[]
  before(async () => {
    const opened = await openProject()
    ;({ world, azure } = opened)
    comments = opened.threads.comments
  })
  after(async () => {
    for (const clean of cleanups) await clean()
  })
  const push = (ref: string, sha: string) => azure.happens({ reason: 'IndividualCI', ref, sha })
  const person = (pipeline: string, parameters: Readonly<Record<string, string>>) =>
    azure.happens({ reason: 'Manual', ref: 'refs/heads/main', sha: world.head('main'), pipeline, parameters })

  it('a pull request is checked, tested and built as pr-101, and hears of it once', async () => {
    world.commit('feature', { 'app/hello.txt': 'feature\n' }, 'main')
    const sha = world.mergeRef('feature', 'refs/pull/101/merge')
    const runs = await azure.happens(pullRequest(101, sha))
    goesWell(runs, 'Pull request')
    assert.ok(await world.digest('dev', 'pr-101'))
    assert.deepEqual(runs[0]?.asked, ['waybill-pull-request-secrets'])
    const test = jobOf(runs, 'Pull request', `__default/test_${APP}`)
    assert.deepEqual([test.shown, test.secrets], [['tests', 'coverage'], []])
    goesWell(await azure.happens(pullRequest(101, sha)), 'Pull request')
    assert.equal(comments.length, 1)
    assert.match(comments[0] ?? '', /^<!-- waybill:build:ordersvc -->/)
  })

  it('one from a fork gets no secret, is built, and is pushed nowhere', async () => {
    world.commit('stranger', { 'app/hello.txt': 'stranger\n' }, 'main')
    const sha = world.mergeRef('stranger', 'refs/pull/102/merge')
    const runs = await azure.happens(pullRequest(102, sha, true))
    goesWell(runs, 'Pull request')
    assert.equal(await world.digest('dev', 'pr-102'), undefined)
    assert.equal(jobOf(runs, 'Pull request', `__default/comment_${APP}`).result, 'Skipped')
    for (const { secrets } of runs[0]?.jobs.values() ?? []) assert.deepEqual(secrets, [])
  })

  it('a pull request whose pipeline asks for more is stopped by the checks of what it asks for', async () => {
    const path = 'pipelines/waybill-pull-request.yml'
    const text = world.read('main', path).replaceAll('waybill-pull-request-secrets', 'waybill-build-secrets')
    world.commit('greedy', { [path]: text }, 'main')
    const sha = world.mergeRef('greedy', 'refs/pull/103/merge')
    const runs = await azure.happens(pullRequest(103, sha))
    assert.match(
      jobOf(runs, 'Pull request', '__default/checks').log,
      /Branch control: .* may not use waybill-build-secrets/,
    )
  })

  it('the preview of a closed one goes when somebody says its number, or by age at night', async () => {
    goesWell(await person('Clean up', { pullRequest: '101' }), 'Clean up')
    assert.equal(await world.digest('dev', 'pr-101'), undefined)
  })

  let built = ''
  it('a push to main is checked, tested, built once and promoted to dev', async () => {
    built = world.commit('main', { 'app/hello.txt': 'first\n' })
    const runs = await push('refs/heads/main', built)
    goesWell(runs, 'Build')
    const digest = await world.digest('dev', `git-${built.slice(0, 8)}`)
    assert.equal(jobOf(runs, 'Build', `build_${APP}/build_${APP}`).outputs['build.digest'], digest)
    assert.equal(world.delivered('dev'), digest)
    assert.deepEqual(runs[0]?.asked, [
      'waybill-build-secrets',
      'waybill-build-secrets',
      'waybill-build-secrets',
      'dev',
      'dev-secrets',
    ])
    const promotion = jobOf(runs, 'Build', `promote_dev_${APP}/promote_dev_${APP}`)
    assert.deepEqual(promotion.secrets.toSorted(), [
      'PASS_KEY',
      'PROMOTION_KEY',
      'REGISTRY_PASSWORD',
      'REGISTRY_USER',
    ])
    assert.match(promotion.summary, /dev/)
  })

  it('a push that breaks the tests builds nothing; the failed jobs can run again', async () => {
    const sha = world.commit('main', { 'app/broken': '' })
    const [run] = await push('refs/heads/main', sha)
    assert.ok(run)
    assert.equal(jobOf([run], 'Build', `build_${APP}/test_${APP}`).result, 'Failed')
    assert.equal(jobOf([run], 'Build', `build_${APP}/build_${APP}`).result, 'Skipped')
    assert.equal(await world.digest('dev', `git-${sha.slice(0, 8)}`), undefined)
    const again = await azure.again(run)
    assert.equal(again.result, 'Failed')
    assert.equal(jobOf([again], 'Build', `build_${APP}/check_${APP}`).result, 'Succeeded')
    world.commit('main', { 'app/broken': undefined })
  })

  it('a branch release/v1.2.0-sha-… brings the image of that commit to staging', async () => {
    const branch = `release/v1.2.0-sha-${built.slice(0, 7)}`
    world.branch(branch, world.head('main'))
    goesWell(await push(`refs/heads/${branch}`, world.head('main')), 'Promote staging')
    assert.equal(
      await world.digest('staging', '1.2.0-rc.1'),
      await world.digest('dev', `git-${built.slice(0, 8)}`),
    )
  })

  it('a tag brings it to prod once somebody has approved, by running the failed job again', async () => {
    world.tag('v1.2.0', built)
    const [run] = await push('refs/tags/v1.2.0', built)
    assert.ok(run)
    assert.match(jobOf([run], 'Promote prod', `__default/promote_prod_${APP}`).log, /code '4'/)
    const approved = await world.approve('prod')
    assert.equal(approved.code, 0, approved.stderr)
    const again = await azure.again(run)
    goesWell([again], 'Promote prod')
    assert.equal(world.delivered('prod'), await world.digest('prod', '1.2.0'))
    assert.equal(await world.digest('prod', 'stable'), await world.digest('staging', '1.2.0-rc.1'))
  })

  it('a person brings what runs in dev to staging, and back; only what is asked for is approved', async () => {
    const sha = world.commit('main', { 'app/hello.txt': 'second\n' })
    goesWell(await push('refs/heads/main', sha), 'Build')
    goesWell(await person('Promote staging', { version: '1.3.0' }), 'Promote staging')
    const second = await world.digest('dev', `git-${sha.slice(0, 8)}`)
    assert.equal(await world.digest('staging', '1.3.0-rc.1'), second)

    const words = '"; touch hacked; echo "$(PROMOTION_KEY)` `$(touch hacked)'
    const runs = await person('Rollback', { environment: 'staging', reason: words })
    goesWell(runs, 'Rollback')
    assert.deepEqual(runs[0]?.asked, ['staging', 'staging-secrets'])
    assert.deepEqual([...(runs[0]?.jobs.keys() ?? [])], ['__default/rollback_staging'])
    assert.equal(world.delivered('staging'), await world.digest('dev', `git-${built.slice(0, 8)}`))
    const { stdout } = await world.desk(['history', APP, 'staging', '-o', 'json'])
    assert.ok(stdout.includes(JSON.stringify(words.replaceAll('$(', '$ ('))), stdout)
  })

  it('at its time rescan says what lives, and what is old is cleaned', async () => {
    const runs = await azure.happens({ reason: 'Schedule', ref: 'refs/heads/main', sha: world.head('main') })
    goesWell(runs, 'Clean up', 'Rescan')
    assert.match(jobOf(runs, 'Rescan', '__default/rescan').summary, /ordersvc/)
  })

  it('no secret was ever printed', () => {
    const logs = azure.runs
      .flatMap(({ jobs }) => [...jobs.values()].map(({ log, summary }) => log + summary))
      .join('\n')
    for (const place of ['build', 'pull-request', 'deploy'] as const)
      for (const [name, value] of Object.entries(world.secrets(place)))
        if (name !== 'REGISTRY_USER')
          assert.equal(logs.includes(value.split('\n').at(1) ?? value), false, name)
    assert.equal(logs.includes('job-access-token'), false)
  })
})
