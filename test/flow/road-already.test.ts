import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { requestCount } from '../support/registries.ts'
import { APP, imageTag, openRoad } from '../support/road.ts'
import type { Road } from '../support/road.ts'

/** Promotes once more and counts what that takes. */
async function again(road: Road) {
  const requests = await requestCount(road.nonprod)
  const calls = gitCalls(road)
  const workspace = await road.open()
  const { outcome, tags, delivery, proof } = await workspace.promote({
    application: APP,
    to: 'dev',
    image: imageTag('a'),
  })
  await workspace.close()
  const counts = { requests: (await requestCount(road.nonprod)) - requests, git: gitCalls(road) - calls }
  return { outcome, tags, delivery, proof, ...counts }
}

/** Puts a program in front of git that counts. */
function countGit(road: Road): void {
  const bin = join(road.directory, 'bin')
  mkdirSync(bin)
  writeFileSync(join(road.directory, 'git-calls'), '')
  const script = `#!/bin/sh\necho >>"${join(road.directory, 'git-calls')}"\nPATH="${road.env.PATH}" exec git "$@"\n`
  writeFileSync(join(bin, 'git'), script)
  chmodSync(join(bin, 'git'), 0o755)
  road.env.PATH = `${bin}:${road.env.PATH}`
}

function gitCalls(road: Road): number {
  return readFileSync(join(road.directory, 'git-calls')).length
}

/** An environment that holds `a`, promoted and asked once more, so that everything about it is kept. */
async function settled(t: TestContext, block: Record<string, unknown> = {}): Promise<Road> {
  const road = await openRoad(t)
  road.only('dev')
  road.change('dev', block)
  countGit(road)
  await road.carry('a', {}, 'dev')
  assert.equal((await again(road)).outcome, 'already')
  return road
}

describe('a promotion that is done already', () => {
  it('is told by two requests when there are no tags, proofs and deliveries', async (t) => {
    const road = await settled(t, { tags: [], prove: [], deliver: [] })
    const { outcome, requests } = await again(road)
    // The image that is meant, and the head of the chain.
    assert.deepEqual({ outcome, requests }, { outcome: 'already', requests: 2 })
  })

  it('by one more for each further tag, four for what the image carries, and one call of git', async (t) => {
    const road = await settled(t)
    const { outcome, requests, git, tags, delivery, proof } = await again(road)
    assert.deepEqual({ outcome, requests, git }, { outcome: 'already', requests: 7, git: 1 })
    assert.deepEqual(tags, [imageTag('a'), 'dev'])
    assert.deepEqual(
      delivery?.map(({ commit, changed }) => [commit, changed]),
      [[road.gitops.head(), []]],
    )
    assert.equal(proof?.reason, 'Passed before.')
    assert.ok(kept(road).length > 5)
    for (const path of kept(road)) {
      assert.doesNotMatch(readFileSync(path, 'utf8'), /PRIVATE KEY|assword|Bearer|Basic /)
      assert.equal(statSync(path).mode & 0o077, 0)
    }
  })

  it('is done again where somebody undid it: a tag, git, the proof', async (t) => {
    const road = await settled(t)
    const digest = await road.tag('dev', 'dev')
    const other = await road.build('b')
    const store = road.store('dev')
    const stored = await store.manifest(other)
    assert.ok(stored)
    await store.putTag('dev', stored)
    const tagged = await again(road)
    assert.equal(tagged.outcome, 'promoted')
    assert.equal(await road.tag('dev', 'dev'), digest)

    const path = `environments/dev/${APP}/kustomization.yaml`
    road.gitops.commit('by hand', { [path]: road.gitops.show(path).replaceAll(String(digest), other) })
    assert.equal(road.inGit('dev'), other)
    assert.equal((await again(road)).outcome, 'promoted')
    assert.equal(road.inGit('dev'), digest)

    road.later(1)
    await (await road.open()).pass({ application: APP, environment: 'dev', failed: true })
    road.later(1)
    assert.equal((await again(road)).outcome, 'promoted')
    assert.equal((await again(road)).outcome, 'already')
  })

  it('looks into git again when the branch has moved on, and when the deliver block says another place', async (t) => {
    const road = await settled(t)
    road.gitops.commit('somebody else', { 'README.md': 'hello' })
    const moved = await again(road)
    assert.equal(moved.outcome, 'already')
    assert.ok(moved.git > 1)
    assert.equal((await again(road)).git, 1)
    const place = `environments/staging/${APP}`
    road.change('dev', { deliver: [{ kustomize: { repository: road.gitops.directory, path: place } }] })
    assert.equal((await again(road)).outcome, 'promoted')
    assert.equal(road.inGit('staging'), await road.tag('dev', 'dev'))
  })

  it('is not believed of an image that is gone, whatever was kept', async (t) => {
    const road = await settled(t, { tags: [], prove: [], deliver: [] })
    const digest = (await road.store('dev').head(imageTag('a')))?.digest
    assert.ok(digest)
    assert.ok(await road.store('dev').deleteManifest(digest))
    const workspace = await road.open()
    await assert.rejects(workspace.promote({ application: APP, to: 'dev', image: digest }), {
      code: 'MANIFEST_MISSING',
    })
  })

  it('needs nothing that was kept: spoilt, it costs requests only', async (t) => {
    const road = await settled(t)
    for (const spoilt of ['', '{"version":1,"hints":{"a":"b"}}']) {
      for (const path of kept(road)) writeFileSync(path, spoilt)
      const { outcome, requests, git } = await again(road)
      assert.equal(outcome, 'already')
      assert.ok(requests > 7 && git > 1)
      assert.deepEqual((({ requests: some, git: calls }) => [some, calls])(await again(road)), [7, 1])
    }
  })
})

/** Every file of the memory. */
function kept(road: Road): readonly string[] {
  const directory = join(road.directory, '.cache', 'waybill')
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
  return files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}
