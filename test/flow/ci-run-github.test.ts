import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { APP, openHostedWorld } from '../support/ci-hosted-world.ts'
import type { HostedWorld } from '../support/ci-hosted-world.ts'
import { fakeGh } from '../support/runners/gh.ts'
import { GitHub, REPOSITORY } from '../support/runners/github.ts'
import type { JobRun, WorkflowRun } from '../support/runners/github.ts'
import type { GitHubEvent } from '../support/runners/github-triggers.ts'
import type { Cleanup } from '../support/registries.ts'
import { waybill } from '../support/waybill-process.ts'

const cleanups: (() => Promise<void> | void)[] = []
const t: Cleanup = { after: (fn) => void cleanups.unshift(fn) }

/** A project at GitHub with the workflows that `ci init github` writes, set up as docs/waybill-ci.md says. */
async function openProject(): Promise<{ world: HostedWorld; github: GitHub }> {
  const world = await openHostedWorld(t, `https://github.com/${REPOSITORY}`)
  const directory = world.clone('main')
  const written = await waybill(['ci', 'init', 'github'], { cwd: directory })
  assert.equal(written.code, 0, written.stderr)
  world.push(directory, 'workflows')
  world.program('gh', fakeGh(join(world.home, 'comment')))
  const github = new GitHub(world)
  github.secrets = world.secrets('pull-request')
  const built = world.secrets('build')
  github.environments.set('waybill-build', { secrets: built, refs: ['main'] })
  github.environments.set('waybill-clean-up', { secrets: world.secrets('registry'), refs: ['main'] })
  github.environments.set('waybill-rescan', { secrets: world.secrets('registry'), refs: ['main'] })
  for (const [name, refs] of Object.entries({
    dev: ['main'],
    staging: ['main', 'release/.*'],
    prod: ['main', 'v.*'],
  }))
    github.environments.set(name, { secrets: world.secrets('deploy'), refs })
  return { world, github }
}

function pullRequest(number: number, sha: string, action: string, from = REPOSITORY): GitHubEvent {
  return {
    name: 'pull_request',
    ref: `refs/pull/${number}/merge`,
    sha,
    payload: { action, pull_request: { number, base: { ref: 'main' }, head: { repo: { full_name: from } } } },
  }
}

function jobOf(runs: readonly WorkflowRun[], workflow: string, id: string): JobRun {
  const job = runs.find(({ name }) => name === workflow)?.jobs.get(id)
  assert.ok(job, `${workflow}: no ${id} in ${runs.map(({ name }) => name).join()}`)
  return job
}

function goesWell(runs: readonly WorkflowRun[], ...names: readonly string[]) {
  assert.deepEqual(
    runs.map(({ name, conclusion, jobs }) => [
      name,
      conclusion,
      conclusion === 'success'
        ? ''
        : [...jobs.values()].map(({ id, result, log }) => `${id} ${result}\n${log}`).join('\n'),
    ]),
    names.map((name) => [name, 'success', '']),
  )
}

describe('the workflows that ci init github writes, run', { concurrency: false }, () => {
  let world: HostedWorld
  let github: GitHub
  before(async () => {
    ;({ world, github } = await openProject())
  })
  after(async () => {
    for (const clean of cleanups) await clean()
  })

  it('a pull request is checked, tested and built as pr-101, and hears of it', async () => {
    world.commit('feature', { 'app/hello.txt': 'feature\n' }, 'main')
    const sha = world.mergeRef('feature', 'refs/pull/101/merge')
    const runs = await github.happens(pullRequest(101, sha, 'opened'))
    goesWell(runs, 'Pull request')
    assert.ok(await world.digest('dev', 'pr-101'))
    assert.match(world.comment(), /^<!-- waybill:build:ordersvc -->/)
    assert.deepEqual(jobOf(runs, 'Pull request', `check-${APP}`).secrets, [])
    assert.deepEqual(jobOf(runs, 'Pull request', `test-${APP}`).secrets, [])
    const plan = await world.desk(['plan', APP, '--to', 'dev', '--image', 'pr-101'])
    assert.equal(plan.code, 3)
    assert.match(plan.stdout, /pull request/)
  })

  it('one from a fork gets no secret, is built, and is pushed nowhere', async () => {
    world.commit('stranger', { 'app/hello.txt': 'stranger\n' }, 'main')
    const sha = world.mergeRef('stranger', 'refs/pull/102/merge')
    const runs = await github.happens(pullRequest(102, sha, 'opened', 'stranger/ordersvc'))
    goesWell(runs, 'Pull request')
    assert.equal(await world.digest('dev', 'pr-102'), undefined)
    assert.equal(jobOf(runs, 'Pull request', `comment-${APP}`).result, 'skipped')
    assert.match(jobOf(runs, 'Pull request', `build-${APP}`).log, /done build: [0-9a-f]{12}/)
    for (const { secrets } of runs[0]?.jobs.values() ?? []) assert.deepEqual(secrets, [])
  })

  it('a pull request whose workflow asks for more gets nothing that an environment keeps', async () => {
    const path = '.github/workflows/waybill-pull-request.yml'
    const text = world
      .read('main', path)
      .replace('    timeout-minutes: 60', '    environment: prod\n    timeout-minutes: 60')
    world.commit('greedy', { [path]: text }, 'main')
    const sha = world.mergeRef('greedy', 'refs/pull/103/merge')
    const [run] = await github.happens(pullRequest(103, sha, 'opened'))
    const job = run?.jobs.get(`build-${APP}`)
    assert.equal(job?.result, 'failure')
    assert.match(job.log, /not allowed to deploy to prod/)
  })

  it('when it is closed its preview goes, by what the target branch says', async () => {
    const { payload = {} } = pullRequest(101, '', 'closed')
    const runs = await github.happens({
      name: 'pull_request_target',
      ref: 'refs/heads/main',
      sha: world.head('main'),
      payload,
    })
    goesWell(runs, 'Clean up')
    assert.equal(await world.digest('dev', 'pr-101'), undefined)
  })

  let built = ''
  it('a push to main is checked, tested, built once and promoted to dev', async () => {
    built = world.commit('main', { 'app/hello.txt': 'first\n' })
    const runs = await github.happens({ name: 'push', ref: 'refs/heads/main', sha: built })
    goesWell(runs, 'Build')
    const digest = await world.digest('dev', `git-${built.slice(0, 8)}`)
    assert.equal(jobOf(runs, 'Build', `build-${APP}`).outputs['digest'], digest)
    assert.equal(world.delivered('dev'), digest)
    assert.match(jobOf(runs, 'Build', `promote-dev-${APP}`).summary, /dev/)
    assert.deepEqual(jobOf(runs, 'Build', `check-${APP}`).secrets, ['EVIDENCE_KEY'])
    assert.deepEqual(jobOf(runs, 'Build', `promote-dev-${APP}`).secrets.toSorted(), [
      'PASS_KEY',
      'PROMOTION_KEY',
      'REGISTRY_PASSWORD',
      'REGISTRY_USER',
    ])
  })

  it('a push that breaks the tests builds nothing', async () => {
    const sha = world.commit('main', { 'app/broken': '' })
    const runs = await github.happens({ name: 'push', ref: 'refs/heads/main', sha })
    assert.equal(jobOf(runs, 'Build', `test-${APP}`).result, 'failure')
    assert.equal(jobOf(runs, 'Build', `build-${APP}`).result, 'skipped')
    assert.equal(jobOf(runs, 'Build', `promote-dev-${APP}`).result, 'skipped')
    assert.equal(await world.digest('dev', `git-${sha.slice(0, 8)}`), undefined)
    world.commit('main', { 'app/broken': undefined })
  })

  it('a branch release/v1.2.0-sha-… brings the image of that commit to staging', async () => {
    const branch = `release/v1.2.0-sha-${built.slice(0, 7)}`
    world.branch(branch, world.head('main'))
    const runs = await github.happens({ name: 'push', ref: `refs/heads/${branch}`, sha: world.head('main') })
    goesWell(runs, 'Promote staging')
    assert.equal(
      await world.digest('staging', '1.2.0-rc.1'),
      await world.digest('dev', `git-${built.slice(0, 8)}`),
    )
  })

  it('a tag brings it to prod once somebody has approved, by running the failed job again', async () => {
    world.tag('v1.2.0', built)
    const [run] = await github.happens({ name: 'push', ref: 'refs/tags/v1.2.0', sha: built })
    assert.equal(run?.conclusion, 'failure')
    assert.match(run.jobs.get(`promote-prod-${APP}`)?.log ?? '', /exit code 4/)
    const approved = await world.approve('prod')
    assert.equal(approved.code, 0, approved.stderr)
    const again = await github.again(run)
    goesWell([again], 'Promote prod')
    assert.equal(await world.digest('prod', '1.2.0'), await world.digest('staging', '1.2.0-rc.1'))
    assert.equal(world.delivered('prod'), await world.digest('prod', 'stable'))
    // Once more changes nothing.
    goesWell([await github.again(run)], 'Promote prod')
  })

  it('a person brings what runs in dev to staging, and back', async () => {
    const sha = world.commit('main', { 'app/hello.txt': 'second\n' })
    goesWell(await github.happens({ name: 'push', ref: 'refs/heads/main', sha }), 'Build')
    const asked = (workflow: string, inputs: Readonly<Record<string, string>>): GitHubEvent => ({
      name: 'workflow_dispatch',
      ref: 'refs/heads/main',
      sha: world.head('main'),
      workflow,
      inputs,
    })
    goesWell(await github.happens(asked('Promote staging', { version: '1.3.0' })), 'Promote staging')
    const second = await world.digest('dev', `git-${sha.slice(0, 8)}`)
    assert.equal(await world.digest('staging', '1.3.0-rc.1'), second)
    assert.equal(world.delivered('staging'), second)

    const words = '"; touch hacked; echo "$(touch hacked)` `touch hacked`'
    const runs = await github.happens(asked('Rollback', { environment: 'staging', reason: words }))
    goesWell(runs, 'Rollback')
    assert.deepEqual(
      [...(runs[0]?.jobs.values() ?? [])].map(({ id, result }) => [id, result]),
      [
        ['rollback-dev', 'skipped'],
        ['rollback-staging', 'success'],
        ['rollback-prod', 'skipped'],
      ],
    )
    assert.equal(world.delivered('staging'), await world.digest('dev', `git-${built.slice(0, 8)}`))
    const { stdout } = await world.desk(['history', APP, 'staging', '-o', 'json'])
    assert.ok(stdout.includes(JSON.stringify(words)), stdout)
  })

  it('rescan says what lives, on its day', async () => {
    const runs = await github.happens({ name: 'schedule', ref: 'refs/heads/main', sha: world.head('main') })
    goesWell(runs, 'Clean up', 'Rescan')
    assert.match(jobOf(runs, 'Rescan', 'rescan').summary, /ordersvc/)
  })

  it('no secret was ever printed', () => {
    const logs = github.runs
      .flatMap(({ jobs }) => [...jobs.values()].map(({ log, summary }) => log + summary))
      .join('\n')
    for (const place of ['build', 'pull-request', 'deploy'] as const)
      for (const [name, value] of Object.entries(world.secrets(place)))
        if (name !== 'REGISTRY_USER')
          assert.equal(logs.includes(value.split('\n').at(1) ?? value), false, name)
  })
})
