import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { digestOf, emptyConfig, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { errorsOf, expectStatus, startRegistry } from '../support/embedded-registry.ts'
import type { RawRegistry } from '../support/embedded-registry.ts'

describe('embedded registry: tags and repositories', () => {
  it('lists tags in ASCII order, page by page', async (t) => {
    const registry = await startRegistry(t)
    for (const tag of ['b', 'a', 'B', '1.4', 'rc-1', 'RC-1']) await registry.pushImage('app', tag, 'same')
    const all = await tagsOf(registry, '/v2/app/tags/list')
    assert.deepEqual(all.tags, ['1.4', 'B', 'RC-1', 'a', 'b', 'rc-1'])
    assert.equal(all.next, undefined)
    const first = await tagsOf(registry, '/v2/app/tags/list?n=4')
    assert.deepEqual(first.tags, ['1.4', 'B', 'RC-1', 'a'])
    const second = await tagsOf(registry, first.next!)
    assert.deepEqual([second.tags, second.next], [['b', 'rc-1'], undefined])
    assert.deepEqual((await tagsOf(registry, '/v2/app/tags/list?last=b')).tags, ['rc-1'])
    const none = await tagsOf(registry, '/v2/app/tags/list?n=0')
    assert.deepEqual([none.tags, none.next], [[], undefined])
    assert.equal((await tagsOf(registry, '/v2/app/tags/list?n=999999999999999')).tags.length, 6)
    await expectStatus(await registry.request('GET', '/v2/app/tags/list?n=-1'), 400)
  })

  it('does not know a repository nobody pushed to', async (t) => {
    const registry = await startRegistry(t)
    const response = await registry.request('GET', '/v2/none/tags/list')
    await expectStatus(response, 404)
    assert.equal((await errorsOf(response))[0]!.code, 'NAME_UNKNOWN')
  })

  it('lists repositories, nested ones too, also after a restart', async (t) => {
    const first = await startRegistry(t)
    for (const name of ['team/app', 'team', 'team/app/blobs/x', 'alone'])
      await first.pushBlob(name, 'content')
    await first.close()
    const registry = await startRegistry(t, { root: first.root })
    const response = await registry.request('GET', '/v2/_catalog?n=3')
    assert.deepEqual(await response.json(), { repositories: ['alone', 'team', 'team/app'] })
    assert.equal(response.headers.get('link'), '</v2/_catalog?n=3&last=team%2Fapp>; rel="next"')
  })
})

describe('embedded registry: referrers', () => {
  it('lists what refers to a digest, with the type and annotations it has', async (t) => {
    const registry = await startRegistry(t)
    const image = await registry.pushImage('app', 'v1')
    const typed = await refer(registry, image, { artifactType: 'application/a', annotations: { of: 'a' } })
    const byConfig = await refer(registry, image, { annotations: { of: 'b' } })
    const index = await pushIndex(registry, image)
    assert.equal(typed.response.headers.get('oci-subject'), image.digest)
    const all = await referrersOf(registry, image)
    const expected = [
      { ...typed.descriptor, artifactType: 'application/a', annotations: { of: 'a' } },
      { ...byConfig.descriptor, artifactType: mediaTypes.ociEmpty, annotations: { of: 'b' } },
      index,
    ]
    assert.deepEqual(
      all.manifests,
      expected.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    )
    assert.equal(all.filters, null)
    const filtered = await referrersOf(registry, image, '?artifactType=application%2Fa')
    assert.deepEqual(
      filtered.manifests.map(({ digest }) => digest),
      [typed.descriptor.digest],
    )
    assert.equal(filtered.filters, 'artifactType')
    await expectStatus(await registry.request('DELETE', `/v2/app/manifests/${typed.descriptor.digest}`), 202)
    assert.equal((await referrersOf(registry, image)).manifests.length, 2)
  })

  it('lists referrers that came before their subject, and none for what is unknown', async (t) => {
    const registry = await startRegistry(t)
    const other = await startRegistry(t)
    const image = await other.pushImage('app', 'v1')
    await registry.pushBlob('app', 'some blob')
    assert.deepEqual((await referrersOf(registry, image)).manifests, [])
    await refer(registry, image, { artifactType: 'application/a' })
    assert.equal((await referrersOf(registry, image)).manifests.length, 1)
    await expectStatus(await registry.request('GET', '/v2/app/referrers/sha256:abc'), 400)
  })

  it('does not list a referrer whose manifest a crash kept out', async (t) => {
    const registry = await startRegistry(t)
    const image = await registry.pushImage('app', 'v1')
    const { descriptor } = await refer(registry, image, { artifactType: 'application/a' })
    const entry = descriptor.digest.replace(':', '-')
    await rm(join(registry.root, 'repositories', 'app', '_manifests', entry))
    assert.deepEqual((await referrersOf(registry, image)).manifests, [])
  })

  it('parts a list that is too large into pages', async (t) => {
    const registry = await startRegistry(t)
    const image = await registry.pushImage('app', 'v1')
    for (const letter of ['a', 'b', 'c'])
      await refer(registry, image, {
        artifactType: 'application/a',
        annotations: { of: letter, fill: 'x'.repeat(2_000_000) },
      })
    const seen: string[] = []
    let path: string | undefined = `/v2/app/referrers/${image.digest}?artifactType=application/a`
    for (let pages = 0; path !== undefined; pages++) {
      assert.ok(pages < 4)
      const response: Response = await registry.request('GET', path)
      assert.ok(Number(response.headers.get('content-length')) < 4 * 1024 * 1024)
      const { manifests } = (await response.json()) as { manifests: Descriptor[] }
      seen.push(...manifests.map(({ annotations }) => annotations!['of']!))
      path = nextOf(response)
    }
    assert.deepEqual(seen.toSorted(), ['a', 'b', 'c'])
  })

  it('can do without the API, like older registries, and serve it after an upgrade', async (t) => {
    const old = await startRegistry(t, { referrersApi: false })
    const image = await old.pushImage('app', 'v1')
    const { response } = await refer(old, image, { artifactType: 'application/a' })
    assert.equal(response.headers.get('oci-subject'), null)
    await expectStatus(await old.request('GET', `/v2/app/referrers/${image.digest}`), 404)
    await old.close()
    const upgraded = await startRegistry(t, { root: old.root })
    assert.equal((await referrersOf(upgraded, image)).manifests.length, 1)
  })
})

async function tagsOf(registry: RawRegistry, path: string) {
  const response = await registry.request('GET', path)
  await expectStatus(response, 200)
  const { tags } = (await response.json()) as { tags: string[] }
  return { tags, next: nextOf(response) }
}

async function referrersOf(registry: RawRegistry, subject: Descriptor, query = '') {
  const response = await registry.request('GET', `/v2/app/referrers/${subject.digest}${query}`)
  await expectStatus(response, 200)
  assert.equal(response.headers.get('content-type'), mediaTypes.ociIndex)
  const { manifests } = (await response.json()) as { manifests: Descriptor[] }
  return { manifests, filters: response.headers.get('oci-filters-applied') }
}

async function refer(registry: RawRegistry, subject: Descriptor, fields: object) {
  const config = await registry.pushBlob('app', emptyConfig.bytes, mediaTypes.ociEmpty)
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [config],
    subject,
    ...fields,
  }
  return putByDigest(registry, manifest)
}

async function pushIndex(registry: RawRegistry, subject: Descriptor): Promise<Descriptor> {
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], subject }
  return (await putByDigest(registry, index)).descriptor
}

async function putByDigest(registry: RawRegistry, manifest: { mediaType: string }) {
  const text = JSON.stringify(manifest)
  const digest = digestOf(text)
  const response = await registry.putManifest('app', digest, manifest)
  await expectStatus(response, 201)
  return { response, descriptor: { mediaType: manifest.mediaType, digest, size: Buffer.byteLength(text) } }
}

function nextOf(response: Response): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
}
