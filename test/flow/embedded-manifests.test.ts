import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { digestOf, mediaTypes } from '../../src/oci/index.ts'
import type { Descriptor } from '../../src/oci/index.ts'
import { errorsOf, expectStatus, startRegistry } from '../support/embedded-registry.ts'

const absent = (content: string): Descriptor => ({
  mediaType: mediaTypes.ociLayer,
  digest: digestOf(content),
  size: content.length,
})

describe('embedded registry: manifests', () => {
  it('gives back the exact bytes under tag and digest', async (t) => {
    const registry = await startRegistry(t)
    const config = await registry.pushBlob('app', '{}')
    const bytes = `{ "layers": [],\n "schemaVersion":2, "config": ${JSON.stringify(config)}, "x-own": 1 }\n`
    const type = { 'content-type': `${mediaTypes.ociManifest}; charset=utf-8` }
    const put = await registry.request('PUT', '/v2/app/manifests/v1', type, bytes)
    await expectStatus(put, 201)
    const digest = digestOf(bytes)
    assert.equal(put.headers.get('docker-content-digest'), digest)
    for (const reference of ['v1', digest, encodeURIComponent(digest)]) {
      const got = await registry.request('GET', `/v2/app/manifests/${reference}`)
      assert.equal(await got.text(), bytes)
      assert.equal(got.headers.get('content-type'), mediaTypes.ociManifest)
      assert.equal(got.headers.get('etag'), `"${digest}"`)
    }
    const head = await registry.request('HEAD', '/v2/app/manifests/v1')
    assert.equal(head.headers.get('content-length'), String(bytes.length))
    const same = await registry.request('GET', '/v2/app/manifests/v1', { 'if-none-match': `"${digest}"` })
    assert.equal(same.status, 304)
  })

  it('names everything that is missing in one answer', async (t) => {
    const registry = await startRegistry(t)
    const layer = await registry.pushBlob('app', 'here')
    const manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: absent('config'),
      layers: [layer, absent('one'), absent('two'), absent('one')],
    }
    const put = await registry.putManifest('app', 'v1', manifest)
    await expectStatus(put, 400)
    const errors = await errorsOf(put)
    assert.deepEqual(
      errors.map(({ code, detail }) => [code, detail]),
      ['config', 'one', 'two'].map((content) => ['MANIFEST_BLOB_UNKNOWN', digestOf(content)]),
    )
    await expectStatus(await registry.request('HEAD', '/v2/app/manifests/v1'), 404)
  })

  it('wants the children of an index, but neither foreign layers nor the subject', async (t) => {
    const registry = await startRegistry(t)
    const child = await registry.pushImage('app', 'child')
    const index = (...manifests: Descriptor[]) => ({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests,
    })
    await expectStatus(await registry.putManifest('app', 'index', index(child)), 201)
    const missing = { ...absent('none'), mediaType: mediaTypes.ociManifest }
    await expectStatus(await registry.putManifest('app', 'index', index(child, missing)), 400)
    const foreign = { ...absent('foreign'), mediaType: mediaTypes.dockerForeignLayer }
    const config = await registry.pushBlob('app', '{}')
    const image = { schemaVersion: 2, config, layers: [foreign], subject: missing }
    await expectStatus(await registry.putManifest('app', 'image', image), 201)
  })

  it('takes incomplete manifests when it is told to', async (t) => {
    const registry = await startRegistry(t, { sparse: true })
    const manifest = { schemaVersion: 2, config: absent('config'), layers: [absent('layer')] }
    await expectStatus(await registry.putManifest('app', 'v1', manifest), 201)
  })

  const invalid: readonly [string, string, string][] = [
    ['what is not JSON', mediaTypes.ociManifest, '{'],
    ['both "layers" and "manifests"', mediaTypes.ociIndex, '{"schemaVersion":2,"manifests":[],"layers":[]}'],
    [
      'another mediaType inside',
      mediaTypes.ociManifest,
      `{"schemaVersion":2,"mediaType":"${mediaTypes.ociIndex}","manifests":[]}`,
    ],
    [
      'a descriptor with a bad digest',
      mediaTypes.ociIndex,
      '{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"../x","size":1}]}',
    ],
    ['no media type at all', 'nonsense', '{}'],
  ]
  for (const [what, type, body] of invalid) {
    it(`refuses ${what}`, async (t) => {
      const registry = await startRegistry(t)
      const put = await registry.request('PUT', '/v2/app/manifests/v1', { 'content-type': type }, body)
      await expectStatus(put, 400)
      assert.equal((await errorsOf(put))[0]!.code, 'MANIFEST_INVALID')
    })
  }

  it('keeps manifests of media types it does not know', async (t) => {
    const registry = await startRegistry(t)
    const type = { 'content-type': 'application/vnd.example.thing.v1+json' }
    await expectStatus(await registry.request('PUT', '/v2/app/manifests/thing', type, 'anything'), 201)
    const got = await registry.request('GET', '/v2/app/manifests/thing')
    assert.equal(got.headers.get('content-type'), type['content-type'])
    assert.equal(await got.text(), 'anything')
  })

  it('takes 4 MiB and answers 413 above', async (t) => {
    const registry = await startRegistry(t)
    const type = { 'content-type': 'application/vnd.example.thing.v1+json' }
    const most = Buffer.alloc(4 * 1024 * 1024, 32)
    await expectStatus(await registry.request('PUT', '/v2/app/manifests/most', type, most), 201)
    const above = Buffer.alloc(most.length + 1, 32)
    await expectStatus(await registry.request('PUT', '/v2/app/manifests/above', type, above), 413)
    const streamed = new Blob([above]).stream()
    await expectStatus(await registry.request('PUT', '/v2/app/manifests/above', type, streamed), 413)
  })

  it('refuses bytes that do not have the digest they are put under', async (t) => {
    const registry = await startRegistry(t)
    const type = { 'content-type': 'application/vnd.example.thing.v1+json' }
    for (const reference of [digestOf('other'), digestOf('other', 'sha512'), 'sha256:abc', 'md5:abc']) {
      const put = await registry.request('PUT', `/v2/app/manifests/${reference}`, type, 'bytes')
      await expectStatus(put, 400)
      assert.equal((await errorsOf(put))[0]!.code, 'DIGEST_INVALID')
    }
    await expectStatus(
      await registry.request('PUT', `/v2/app/manifests/${digestOf('bytes', 'sha512')}`, type, 'bytes'),
      201,
    )
  })

  it('deletes a tag alone, and a manifest with its tags', async (t) => {
    const registry = await startRegistry(t)
    const image = await registry.pushImage('app', 'v1')
    await registry.pushImage('app', 'latest', 'v1')
    await registry.pushImage('app', 'other')
    await expectStatus(await registry.request('DELETE', '/v2/app/manifests/v1'), 202)
    await expectStatus(await registry.request('DELETE', '/v2/app/manifests/v1'), 404)
    await expectStatus(await registry.request('HEAD', `/v2/app/manifests/${image.digest}`), 200)
    await expectStatus(await registry.request('DELETE', `/v2/app/manifests/${image.digest}`), 202)
    await expectStatus(await registry.request('HEAD', '/v2/app/manifests/latest'), 404)
    const list = await registry.request('GET', '/v2/app/tags/list')
    assert.deepEqual(await list.json(), { name: 'app', tags: ['other'] })
  })
})

describe('embedded registry: conditional requests on tags', () => {
  it('puts a tag only when it is as expected', async (t) => {
    const registry = await startRegistry(t)
    const one = await registry.pushImage('app', 'one')
    const two = await registry.pushImage('app', 'two')
    const put = async (digest: string, headers: Record<string, string>) => {
      const manifest = await (await registry.request('GET', `/v2/app/manifests/${digest}`)).text()
      const type = { 'content-type': mediaTypes.ociManifest, ...headers }
      return (await registry.request('PUT', '/v2/app/manifests/live', type, manifest)).status
    }
    assert.equal(await put(one.digest, { 'if-match': `"${one.digest}"` }), 412)
    assert.equal(await put(one.digest, { 'if-none-match': '*' }), 201)
    assert.equal(await put(two.digest, { 'if-none-match': '*' }), 412)
    assert.equal(await put(two.digest, { 'if-match': `"${two.digest}"` }), 412)
    assert.equal(await put(two.digest, { 'if-match': `"${two.digest}", "${one.digest}"` }), 201)
    const lost = await registry.request('DELETE', '/v2/app/manifests/live', { 'if-match': `"${one.digest}"` })
    await expectStatus(lost, 412)
    assert.deepEqual((await errorsOf(lost))[0]!.detail, { current: two.digest })
    const won = await registry.request('DELETE', '/v2/app/manifests/live', { 'if-match': `"${two.digest}"` })
    await expectStatus(won, 202)
  })

  it('lets exactly one of many racing writers create a tag', async (t) => {
    const registry = await startRegistry(t)
    const config = await registry.pushBlob('app', '{}')
    const writers = Array.from({ length: 16 }, (_, at) => ({
      schemaVersion: 2,
      config,
      layers: [],
      annotations: { writer: String(at) },
    }))
    const answers = await Promise.all(
      writers.map((manifest) => registry.putManifest('app', 'race', manifest, { 'if-none-match': '*' })),
    )
    const statuses = answers.map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 201).length, 1)
    assert.equal(statuses.filter((status) => status === 412).length, 15)
    const winner = answers.find(({ status }) => status === 201)!.headers.get('docker-content-digest')
    const tag = await registry.request('HEAD', '/v2/app/manifests/race')
    assert.equal(tag.headers.get('docker-content-digest'), winner)
  })

  it('sets several tags at once, all or none', async (t) => {
    const registry = await startRegistry(t)
    const image = await registry.pushImage('app', 'seed')
    const manifest = await (await registry.request('GET', '/v2/app/manifests/seed')).text()
    const put = (query: string, headers: Record<string, string> = {}) =>
      registry.request(
        'PUT',
        `/v2/app/manifests/${image.digest}?${query}`,
        { 'content-type': mediaTypes.ociManifest, ...headers },
        manifest,
      )
    const done = await put('tag=1.4.0&tag=1.4&tag=RC-1')
    await expectStatus(done, 201)
    assert.equal(done.headers.get('oci-tag'), '1.4.0, 1.4, RC-1')
    await expectStatus(await put('tag=new&tag=1.4', { 'if-none-match': '*' }), 412)
    await expectStatus(await registry.request('HEAD', '/v2/app/manifests/new'), 404)
    await expectStatus(await put('tag=../up'), 400)
  })
})
