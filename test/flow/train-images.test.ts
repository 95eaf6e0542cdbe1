import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { outputSchemas } from '../../scripts/output-schemas.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import type { TrainAnswer } from '../../src/promotion/train-answer.ts'
import type { StoredManifest } from '../../src/registry/index.ts'
import { putImage, putIndex, putReferrer, storedManifest } from '../support/images.ts'
import { embeddedRegistry, repositoryAt, requestCount } from '../support/registries.ts'
import type { LabRegistry } from '../support/registries.ts'
import { waybill } from '../support/waybill-process.ts'

const cwd = mkdtempSync(join(tmpdir(), 'waybill-train-images-'))
after(() => rmSync(cwd, { recursive: true, force: true }))

/** `waybill promote --set` without any waybill.yaml. */
async function move(images: readonly object[], more: readonly string[] = [], options: object = {}) {
  writeFileSync(join(cwd, 'train.yaml'), JSON.stringify({ version: 1, ...options, images }))
  const { code, stdout, stderr } = await waybill(['promote', '--set', 'train.yaml', '-o', 'json', ...more], {
    cwd,
  })
  const answer = outputSchemas.train.parse(JSON.parse(stdout)) as TrainAnswer
  return { code, stderr, answer, outcomes: answer.items.map(({ outcome }) => outcome) }
}

const countOf = (lab: LabRegistry, method: string, path: RegExp) =>
  lab.requests.filter((request) => request.method === method && path.test(request.path)).length

describe('plain images in a train, without waybill.yaml', () => {
  it('every tag to every destination; again: nothing; a tag of another digest is refused', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const source = repositoryAt(t, from, 'tools/kubectl')
    const old = await putIndex(source, { seed: 'old' }, '1.0')
    await putIndex(source, { seed: 'new' }, '2.0')
    const entry = {
      source: `${from.address}/tools/kubectl`,
      destination: [`${to.address}/eu/kubectl`, `${to.address}/us/kubectl`],
      tags: ['1.0', '2.0'],
    }
    const plan = await move([entry], ['--dry-run'])
    assert.deepEqual([plan.code, plan.outcomes], [0, Array(4).fill('planned')])
    assert.deepEqual(plan.answer.hosts, [
      { host: to.address, repositories: 2, present: 0, move: 4, conflict: 0 },
    ])
    assert.equal(countOf(to, 'PUT', /./) + countOf(to, 'POST', /./), 0, 'a plan writes nothing')

    const first = await move([entry])
    assert.deepEqual([first.code, first.outcomes], [0, Array(4).fill('copied')])
    const again = await move([{ ...entry, referrers: false }])
    assert.deepEqual([again.code, again.outcomes], [0, Array(4).fill('already')])

    const us = repositoryAt(t, to, 'us/kubectl')
    await us.putTag('2.0', old)
    const conflict = await move([entry])
    assert.equal(conflict.code, 3)
    assert.deepEqual(conflict.outcomes, ['already', 'already', 'already', 'refused'])
    assert.equal(conflict.answer.items[3]?.error?.code, 'IMMUTABLE_TAG_CONFLICT')
    assert.equal((await us.head('2.0'))?.digest, old.descriptor.digest)
    const forced = await move([{ ...entry, tags: ['1.0'], floating: ['2.0'] }])
    assert.equal(forced.code, 0)
    assert.notEqual((await us.head('2.0'))?.digest, old.descriptor.digest)
  })

  it('one digest under many tags is one copy, one list of tags, and what comes later travels too', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const source = repositoryAt(t, from, 'app')
    const image = await putIndex(source, {}, 'v1')
    const { digest } = image.descriptor
    const tags = ['1', '1.0', '1.0.0', '1.0.1', '1.0.2']
    const entries = tags.map((tag) => ({
      source: `${from.address}/app@${digest}`,
      destination: `${to.address}/app`,
      tags: [tag],
    }))
    const first = await move(entries)
    assert.deepEqual([first.code, first.outcomes], [0, tags.map(() => 'copied')])
    assert.equal(first.answer.summary.manifests, 3, 'the index and two platforms, once')
    await requestCount(to)
    assert.equal(countOf(to, 'GET', /\/tags\/list/), 1)
    assert.equal(countOf(to, 'HEAD', /\/manifests\/1/), 0, 'the list says that no tag is there')

    const referrer = await putReferrer(source, image.descriptor, 'later')
    const later = await move(entries)
    assert.equal(later.code, 0)
    assert.ok(later.outcomes.includes('copied'))
    assert.ok(await repositoryAt(t, to, 'app').head(referrer.descriptor.digest))
  })

  it('a layer that many images share goes to the registry once', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const first = await putImage(repositoryAt(t, from, 'app-0'), 'linux/amd64', {
      layers: 1,
      layerBytes: 300_000,
    })
    const apps = ['app-0', 'app-1', 'app-2', 'app-3', 'app-4', 'app-5']
    for (const app of apps) await putSibling(t, from, first, app)
    const entries = apps.map((app) => ({
      source: `${from.address}/${app}:v1`,
      destination: `${to.address}/${app}`,
      referrers: false,
    }))
    const { code, answer } = await move(entries)
    assert.equal(code, 0, JSON.stringify(answer.items))
    assert.ok(answer.summary.bytes < 2 * 300_000, `${answer.summary.bytes} bytes were sent`)
    assert.equal(answer.summary.mounted, apps.length - 1)
  })

  it('a source that is not there and a place that takes nothing are named; stopOnFailure starts no more', async (t) => {
    const [from, to] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    for (const name of ['a', 'b', 'c']) await putIndex(repositoryAt(t, from, name), { seed: name }, 'v1')
    to.fault = ({ method, path }) =>
      method !== 'GET' && method !== 'HEAD' && path.startsWith('/v2/b/')
        ? { status: 403, body: '' }
        : undefined
    const entries = ['nothing', 'a', 'b', 'c'].map((name) => ({
      source: `${from.address}/${name}:v1`,
      destination: `${to.address}/${name}`,
    }))
    const all = await move(entries)
    assert.equal(all.code, 1)
    assert.deepEqual(all.outcomes, ['error', 'copied', 'error', 'copied'])
    assert.deepEqual(
      all.answer.items.map(({ error }) => error?.code),
      ['REPOSITORY_MISSING', undefined, 'REGISTRY_DENIED', undefined],
    )
    const again = entries.slice(1).map((entry) => ({ ...entry, destination: `${entry.destination}/again` }))
    const stopped = await move([again[1] ?? {}, again[0] ?? {}], [], { concurrency: 1, stopOnFailure: true })
    assert.deepEqual(stopped.outcomes, ['error', 'not-started'])
    assert.match(stopped.answer.items[1]?.reason ?? '', /failed/)
  })
})

/** The image again under another name and with other annotations: its blobs are the same. */
async function putSibling(
  t: TestContext,
  lab: LabRegistry,
  image: StoredManifest,
  app: string,
): Promise<void> {
  const [home, store] = [repositoryAt(t, lab, 'app-0'), repositoryAt(t, lab, app)]
  const json = JSON.parse(image.bytes.toString('utf8')) as {
    config: Descriptor
    layers: readonly Descriptor[]
  }
  for (const blob of app === 'app-0' ? [] : [json.config, ...json.layers])
    await store.putBlob(blob, () => home.blob(blob), {
      ...(home.repository && { mountFrom: home.repository }),
    })
  const sibling = storedManifest({ ...json, annotations: { app } })
  await store.putManifest(sibling)
  await store.putTag('v1', sibling)
}
