import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openBuiltRoad } from '../support/built-road.ts'
import { blocksOf, filledIn, typed } from '../support/guide.ts'
import { APP } from '../support/road.ts'
import type { Road } from '../support/road.ts'
import { MAIN } from '../support/command-line.ts'

const PAGE = 'branches.md'

/** The waybill.yaml of the page, on a registry of this machine. */
function useRoadOfPage(road: Road): void {
  const [yaml = ''] = blocksOf(PAGE, 'yaml')
  const here = filledIn(yaml, { 'registry.example.com': road.nonprod.address, ', soak: 24h': '' })
  const { trust, sign } = road.config
  writeFileSync(
    join(road.directory, 'waybill.yaml'),
    `${here}trust: ${trust as string}\nsign: ${JSON.stringify(sign)}\n`,
  )
  writeFileSync(join(road.directory, 'smoke.sh'), '#!/bin/sh\n')
  chmodSync(join(road.directory, 'smoke.sh'), 0o755)
  mkdirSync(join(road.directory, 'keys'))
  writeFileSync(join(road.directory, 'keys', 'sec.key'), road.privateKey('ops'), { mode: 0o600 })
}

const azure = (ref: string, more: NodeJS.ProcessEnv = {}) => ({
  TF_BUILD: 'True',
  BUILD_REASON: 'IndividualCI',
  BUILD_SOURCEBRANCH: ref,
  ...more,
})

test('docs/guide/branches.md: a pull request, a push, a release branch and a hotfix, as they stand there', async (t) => {
  const { road, commit } = await openBuiltRoad(t)
  useRoadOfPage(road)
  const [preview = '', clean = '', push = '', release = '', hotfix = ''] = blocksOf(PAGE, 'sh')
  const app = join(road.directory, 'app')
  const change = (text: string) => {
    writeFileSync(join(app, 'hello.txt'), text)
    const who = ['-c', 'user.name=Dana', '-c', 'user.email=dana@example.com', '-c', 'commit.gpgsign=false']
    execFileSync('git', ['add', '-A'], { cwd: app })
    execFileSync('git', [...who, 'commit', '-qm', text], { cwd: app })
    return commit()
  }
  const job = async (script: string, env: NodeJS.ProcessEnv) => {
    const waybill = `waybill() { "${process.execPath}" "${MAIN}" "$@"; }\n`
    const done = await typed(`${waybill}${script}`, road.directory, {
      ...road.env,
      WAYBILL_CI: 'off',
      BUILD_SOURCEVERSION: commit(),
      ...env,
    })
    assert.equal(done.code, 0, `${script}\n${done.stdout}\n${done.stderr}`)
    return done.stdout
  }
  const tag = (name: string) => road.tag('dev', name)

  change('preview')
  const pull = { BUILD_REASON: 'PullRequest', SYSTEM_PULLREQUEST_PULLREQUESTID: '101' }
  const said = await job(preview, azure('refs/pull/101/merge', pull))
  assert.equal(said, 'not promotable, exit code 3\n')
  const comment = readFileSync(join(road.directory, 'comment.md'), 'utf8')
  assert.match(comment, /^<!-- waybill:build:ordersvc -->/)
  assert.match(readFileSync(join(road.directory, 'plan.txt'), 'utf8'), /pull-request/)
  assert.ok(await tag('pr-101'))
  assert.match(
    await job(clean, {}),
    /would delete 1 build.*Cleaned ordersvc: 1 build deleted.*Nothing to clean/s,
  )
  assert.equal(await tag('pr-101'), undefined)

  const sha = change('feature')
  await job(push, azure('refs/heads/main'))
  const built = await tag(`git-${sha.slice(0, 8)}`)
  change('not released')
  await job(push, azure('refs/heads/main'))
  await job(filledIn(release, { '2b2e927': sha.slice(0, 7) }), {})
  assert.deepEqual(await Promise.all([`qa-${sha.slice(0, 7)}`, '1.2.0-rc.1', '1.2.0', 'stable'].map(tag)), [
    built,
    built,
    built,
    built,
  ])

  const fix = change('fix')
  await job(filledIn(hotfix, { '4f2a91c7': fix.slice(0, 8) }), azure('refs/heads/hotfix/1.2.1'))
  const fixed = await tag(`git-${fix.slice(0, 8)}`)
  assert.deepEqual(await Promise.all(['1.2.1', '1.2', 'stable', '1.2.0'].map(tag)), [
    fixed,
    fixed,
    fixed,
    built,
  ])
  const history = await road.cli(['history', APP, 'hotfix', '-o', 'json'])
  assert.match(history.stdout, /"waived"/i)
})
