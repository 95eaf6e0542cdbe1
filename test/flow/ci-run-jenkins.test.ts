import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FAILS, openCiWorld, SOURCE } from '../support/ci-world.ts'
import type { CiWorld } from '../support/ci-world.ts'
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
})
