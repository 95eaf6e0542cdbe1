import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { TestContext } from 'node:test'
import { loadedPackages, noting } from '../support/loaded-packages.ts'
import { SOURCES } from '../support/command-line.ts'
import { APP, finished, imageTag, openRoad } from '../support/road.ts'
import type { RoadOptions } from '../support/road.ts'

/** What a promotion loads that has arrived already: gates, records, tags, git, every file of the configuration. */
async function loadedByNoOp(t: TestContext, options: RoadOptions = {}): Promise<readonly string[]> {
  const road = await openRoad(t, options)
  await road.carry('a', {}, 'dev')
  const file = join(road.directory, 'loaded.json')
  const words = ['promote', APP, '--to', 'dev', '--image', imageTag('a'), '-o', 'json']
  // Of the sources: in the package the packages are no longer told apart.
  const env = { ...road.env, ...noting(file) }
  const child = spawn(process.execPath, [SOURCES, ...words], { cwd: road.directory, env })
  const { code, stdout, stderr } = await finished(child)
  assert.equal(code, 0, stderr)
  assert.equal((JSON.parse(stdout) as { outcome: string }).outcome, 'already')
  return loadedPackages(file)
}

suite('start-up', () => {
  test('a promotion by keys, to kustomize, loads no expression language and no Sigstore', async (t) => {
    assert.deepEqual(await loadedByNoOp(t), ['@stricli/core', 'semver', 'yaml', 'zod'])
  })

  test('an expression anywhere in the configuration is checked, so its language is loaded', async (t) => {
    const packages = ['@marcbachmann/cel-js', '@stricli/core', 'semver', 'yaml', 'zod']
    assert.deepEqual(await loadedByNoOp(t, withExpression('application != ""')), packages)
    const pattern = withExpression('application.safeMatches("^orders")')
    assert.deepEqual(await loadedByNoOp(t, pattern), [...packages, 're2js'].toSorted())
  })
})

function withExpression(cel: string): RoadOptions {
  return {
    edit: ({ environments }) => {
      environments.prod = { ...environments.prod, gates: [{ cel }] }
    },
  }
}
