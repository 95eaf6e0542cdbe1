import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FAILS, openCiWorld } from '../support/ci-world.ts'
import type { Cleanup } from '../support/registries.ts'
import type { JenkinsResult } from '../support/runners/jenkins.ts'
import { JenkinsServer } from '../support/runners/jenkins-server.ts'

const MAIN = { BRANCH_NAME: 'main' }
const PULL_REQUEST = {
  BRANCH_NAME: 'PR-7',
  CHANGE_ID: '7',
  CHANGE_TARGET: 'main',
  CHANGE_BRANCH: 'feature/a',
}

async function opened(t: Cleanup) {
  const world = await openCiWorld(t)
  await world.begin('jenkins')
  return { world, server: new JenkinsServer(world) }
}

function statesOf({ stages }: JenkinsResult): Readonly<Record<string, string>> {
  return Object.fromEntries(stages.map(({ name, state }) => [name, state]))
}

function ran({ stages }: JenkinsResult): readonly string[] {
  return stages.filter(({ state }) => state === 'ran').map(({ name }) => name)
}

function succeeded(result: JenkinsResult): JenkinsResult {
  assert.equal(result.result, 'SUCCESS', result.log)
  return result
}

describe('Jenkinsfiles, run with the real command line', () => {
  it('a pull request is checked, tested and pushed as a preview that goes nowhere', async (t) => {
    const { world, server } = await opened(t)
    world.commit({ 'app/main.js': 'console.log("feature")\n' }, 'feature/a')
    const commit = world.merged('feature/a')
    const done = succeeded(await server.start({ file: 'Jenkinsfile', commit, env: PULL_REQUEST }))
    assert.ok((await world.tags('dev')).includes('pr-7'), done.log)
    assert.deepEqual([...done.bound.keys()].length, 1)
    assert.equal(statesOf(done).Build, 'skipped')
    assert.equal(world.inGit('dev'), undefined)
  })

  it('a pull request from a fork is built without one credential, and nothing is pushed', async (t) => {
    const { world, server } = await opened(t)
    world.commit({ 'app/main.js': 'console.log("fork")\n' }, 'feature/a')
    const commit = world.merged('feature/a')
    server.credentials.clear()
    const env = { ...PULL_REQUEST, CHANGE_FORK: 'mallory' }
    const done = succeeded(await server.start({ file: 'Jenkinsfile', commit, env }))
    assert.equal(done.bound.size, 0)
    assert.ok(ran(done).length > 3, done.log)
    assert.equal(
      world.registry.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD').length,
      0,
    )
  })

  it('one image goes from a push to prod, is rolled back and judged anew', async (t) => {
    const { world, server } = await opened(t)
    const built = succeeded(await server.start({ file: 'Jenkinsfile', env: MAIN }))
    const first = await world.digest('dev', 'dev')
    assert.equal(world.inGit('dev'), first)
    assert.equal(built.artifacts.get('build/image_digest.txt'), `${first}\n`)
    assert.equal(built.tests.length, 1)
    assert.equal(statesOf(built)['Pull request'], 'skipped')

    const toProd = async (version: string) => {
      for (const environment of ['staging', 'prod'])
        succeeded(
          await server.start({
            file: `jenkins/promote-${environment}.Jenkinsfile`,
            params: { VERSION: version },
            causes: ['UserIdCause'],
          }),
        )
    }
    await toProd('1.0.0')
    assert.equal(world.inGit('prod'), first)
    assert.deepEqual(
      (await world.tags('prod')).filter((tag) => /^(?:1|stable)/.test(tag)),
      ['1.0.0', 'stable'],
    )

    world.commit({ 'app/main.js': 'console.log("2")\n' })
    succeeded(await server.start({ file: 'Jenkinsfile', env: MAIN }))
    await toProd('1.1.0')
    const second = await world.digest('dev', 'dev')
    assert.notEqual(second, first)
    assert.equal(world.inGit('prod'), second)

    const reason = `it's "slow"; $(touch pwned) \`touch pwned\` \${env.HOME}`
    const back = await server.start({
      file: 'jenkins/rollback.Jenkinsfile',
      params: { ENVIRONMENT: 'prod', REASON: reason },
    })
    succeeded(back)
    assert.deepEqual([world.inGit('prod'), world.inGit('staging')], [first, second])
    const history = await world.waybill(['history', 'ordersvc', 'prod', '-o', 'json'])
    assert.ok(history.stdout.includes(JSON.stringify(reason)), history.stdout)
    assert.deepEqual(Object.keys(Object.fromEntries(back.bound)).length, 1)

    succeeded(await server.start({ file: 'jenkins/rescan.Jenkinsfile', causes: ['TimerTrigger'] }))
    const before = await world.tags('dev')
    succeeded(await server.start({ file: 'jenkins/clean-up.Jenkinsfile', causes: ['TimerTrigger'] }))
    assert.deepEqual(await world.tags('dev'), before)
  })

  it('a failed test stops the build, and its report is there', async (t) => {
    const { world, server } = await opened(t)
    world.commit({ 'unit.sh': FAILS })
    const done = await server.start({ file: 'Jenkinsfile', env: MAIN })
    assert.equal(done.result, 'FAILURE')
    assert.match(done.tests.join(), /failures="1"/)
    const states = statesOf(done)
    assert.deepEqual([states['Build ordersvc'], states['ordersvc to dev']], ['skipped', 'skipped'], done.log)
    assert.deepEqual(await world.tags('dev').catch(() => []), [])
  })

  it('a promotion that failed on its way is finished by the next run, once', async (t) => {
    const { world, server } = await opened(t)
    succeeded(await server.start({ file: 'Jenkinsfile', env: MAIN }))
    const promote = () =>
      server.start({ file: 'jenkins/promote-staging.Jenkinsfile', params: { VERSION: '1.0.0' } })
    world.gitops.hook('pre-receive', 'echo "closed for today" >&2; exit 1')
    assert.equal((await promote()).result, 'FAILURE')
    world.gitops.hook('pre-receive', 'exit 0')
    succeeded(await promote())
    succeeded(await promote())
    assert.equal(world.inGit('staging'), await world.digest('dev', 'dev'))
    const history = await world.waybill(['history', 'ordersvc', 'staging', '-o', 'json'])
    const { promotions } = JSON.parse(history.stdout) as { readonly promotions: readonly unknown[] }
    assert.equal(promotions.length, 1)
  })

  it('a branch that is not built runs nothing', async (t) => {
    const { world, server } = await opened(t)
    world.commit({ 'app/main.js': '' }, 'feature/a')
    const env = { BRANCH_NAME: 'feature/a' }
    const done = succeeded(await server.start({ file: 'Jenkinsfile', commit: world.head('feature/a'), env }))
    assert.deepEqual(ran(done), [])
  })
})
