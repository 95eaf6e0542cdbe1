import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { profiles } from '../../src/embedded/index.ts'
import type { RegistryOptions } from '../../src/embedded/index.ts'
import { digestOf, mediaTypes } from '../../src/oci/index.ts'
import {
  errorsOf,
  expectStatus,
  RawRegistry,
  startRegistry,
  temporaryDirectory,
} from '../support/embedded-registry.ts'
import { waybill } from '../support/waybill-process.ts'

const UNKNOWN = digestOf('nobody has this')
const manifests = (name: string, reference: string) => `/v2/${name}/manifests/${reference}`

function start(
  t: TestContext,
  profile: NonNullable<RegistryOptions['profile']>,
  more: Partial<RegistryOptions> = {},
) {
  return startRegistry(t, { profile, ...more })
}

async function beginUpload(registry: RawRegistry, query = ''): Promise<string> {
  const begun = await registry.request('POST', `/v2/app/blobs/uploads/${query}`)
  await expectStatus(begun, 202)
  return begun.headers.get('location') ?? ''
}

async function codeOf(response: Response): Promise<string | undefined> {
  return (await errorsOf(response))[0]?.code
}

/** An image manifest nobody has pushed the blobs of. */
const incomplete = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociManifest,
  config: { mediaType: mediaTypes.ociConfig, digest: UNKNOWN, size: 15 },
  layers: [],
}

describe('profiles of registries in the field', () => {
  it('ghcr: referrers lead elsewhere with a cut digest, no OCI-Subject, a second PATCH overwrites', async (t) => {
    const registry = await start(t, { name: 'ghcr', elsewhere: 'http://127.0.0.1:9' })
    const subject = await registry.pushImage('app', 'v1')
    const config = await registry.pushBlob('app', '{}', mediaTypes.ociEmpty)
    const referrer = { ...incomplete, config, subject }
    const put = await registry.putManifest('app', 'ref', referrer)
    await expectStatus(put, 201)
    assert.equal(put.headers.get('oci-subject'), null)
    const listed = await registry.request('GET', `/v2/app/referrers/${subject.digest}`)
    await expectStatus(listed, 303)
    const location = listed.headers.get('location') ?? ''
    assert.match(location, /^http:\/\/127\.0\.0\.1:9\/app\/sha256:[0-9a-f]{12}$/)

    const first = await registry.request('PATCH', await beginUpload(registry), {}, 'first ')
    await expectStatus(first, 202)
    const second = await registry.request(
      'PATCH',
      first.headers.get('location') ?? '',
      { 'content-range': '6-11' },
      'second',
    )
    await expectStatus(second, 202)
    const end = second.headers.get('location') ?? ''
    const whole = await registry.request('PUT', `${end}?digest=${digestOf('first second')}`)
    assert.equal(await codeOf(whole), 'DIGEST_INVALID')
  })

  it('gitlab: an unknown tag sha256-<hex> is the digest itself, until somebody pushes it', async (t) => {
    const registry = await start(t, 'gitlab')
    const image = await registry.pushImage('app', 'v1')
    const alias = image.digest.replace(':', '-')
    const aliased = await registry.request('GET', manifests('app', alias))
    assert.equal(aliased.headers.get('docker-content-digest'), image.digest)
    const other = await registry.pushImage('app', alias, 'other')
    const pushed = await registry.request('HEAD', manifests('app', alias))
    assert.equal(pushed.headers.get('docker-content-digest'), other.digest)
    await expectStatus(await registry.request('GET', `/v2/app/referrers/${image.digest}`), 404)
    await expectStatus(await registry.request('GET', manifests('app', UNKNOWN.replace(':', '-'))), 404)
  })

  it('quay: a mount needs from, and odd Docker layer types are refused', async (t) => {
    const registry = await start(t, 'quay')
    const layer = await registry.pushBlob('base', 'layer', 'application/vnd.docker.image.rootfs.diff.tar')
    const mount = `/v2/app/blobs/uploads/?mount=${layer.digest}`
    await expectStatus(await registry.request('POST', mount), 400)
    await expectStatus(await registry.request('POST', `${mount}&from=base`), 201)
    const config = await registry.pushBlob('app', '{}')
    const odd = await registry.putManifest('app', 'v1', { ...incomplete, config, layers: [layer] })
    assert.deepEqual([odd.status, await codeOf(odd)], [400, 'MANIFEST_INVALID'])
    await registry.pushImage('app', 'v1')
  })

  it('harbor: mounting from an unknown project is 401, HEAD and GET differ, a policy answers 412', async (t) => {
    const registry = await start(t, 'harbor')
    const image = await registry.pushImage('team/app', 'v1')
    const mount = `/v2/team/new/blobs/uploads/?mount=${image.digest}&from=`
    await expectStatus(await registry.request('POST', `${mount}nobody/app`), 401)
    await expectStatus(await registry.request('POST', `${mount}team/other`), 202)
    const head = await registry.request('HEAD', manifests('team/app', 'v1'))
    assert.equal(head.headers.get('content-length'), String(image.size + 1))
    const got = await registry.request('GET', manifests('team/app', 'v1'))
    assert.equal((await got.arrayBuffer()).byteLength, image.size)

    await registry.close()
    const barred = await start(t, { name: 'harbor', policy: true }, { root: registry.root })
    await expectStatus(await barred.request('HEAD', manifests('team/app', 'v1')), 412)
    await expectStatus(await barred.request('HEAD', manifests('team/app', 'v2')), 404)
    const refused = await barred.request('GET', manifests('team/app', image.digest))
    assert.equal(await codeOf(refused), 'PROJECTPOLICYVIOLATION')
  })

  it('acr: a large PUT is reset, chunks are taken, some manifest PUTs must wait', async (t) => {
    const registry = await start(t, { name: 'acr', bodyLimit: 1000, busyEvery: 2, retryAfter: 7 })
    const big = 'x'.repeat(1001)
    await assert.rejects(registry.pushBlob('app', big))
    const chunk = await registry.request('PATCH', await beginUpload(registry), {}, big)
    await expectStatus(chunk, 202)
    const end = `${chunk.headers.get('location')}?digest=${digestOf(big)}`
    await expectStatus(await registry.request('PUT', end), 201)
    await registry.pushImage('app', 'v1')
    const busy = await registry.putManifest('app', 'v2', incomplete)
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '7'])
  })

  it('ecr: repositories must exist, PATCH is 201, no mount, tags are written once', async (t) => {
    const registry = await start(t, { name: 'ecr', repositories: ['app', 'other'] })
    const unknown = await registry.request('POST', '/v2/unknown/blobs/uploads/')
    assert.deepEqual([unknown.status, await codeOf(unknown)], [404, 'NAME_UNKNOWN'])
    const image = await registry.pushImage('app', 'v1')
    await expectStatus(await registry.request('PATCH', await beginUpload(registry), {}, 'x'), 201)
    const { digest } = await registry.pushBlob('other', 'shared')
    await expectStatus(
      await registry.request('POST', `/v2/app/blobs/uploads/?mount=${digest}&from=other`),
      202,
    )
    await expectStatus(await registry.request('GET', '/v2/app/tags/list?n=1000'), 200)
    await expectStatus(await registry.request('GET', '/v2/app/tags/list?n=1001'), 405)
    const bytes = await (await registry.request('GET', manifests('app', 'v1'))).text()
    const type = { 'content-type': image.mediaType }
    const again = await registry.request('PUT', manifests('app', 'v1'), type, bytes)
    assert.match((await errorsOf(again))[0]?.message ?? '', /ImageTagAlreadyExistsException/)
    await expectStatus(await registry.request('PUT', manifests('app', image.digest), type, bytes), 201)
  })

  it('ecr: Basic auth instead of tokens; mounting can be enabled, tags can be movable', async (t) => {
    const auth = { kind: 'bearer', users: new Map([['AWS', 'secret']]) } as const
    const choice = {
      name: 'ecr',
      repositories: ['app', 'other'],
      mounting: true,
      immutableTags: false,
    } as const
    const registry = await start(t, choice, { auth })
    const refused = await registry.request('GET', '/v2/')
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Basic /)
    registry.authorization = `Basic ${Buffer.from('AWS:secret').toString('base64')}`
    const { digest } = await registry.pushBlob('other', 'shared')
    await expectStatus(
      await registry.request('POST', `/v2/app/blobs/uploads/?mount=${digest}&from=other`),
      201,
    )
    for (const seed of ['a', 'a', 'b']) await registry.pushImage('app', 'v1', seed)
  })

  it('hub: manifest GETs are counted, HEADs are not, and a foreign mount is 400', async (t) => {
    let now = 0
    const registry = await start(t, { name: 'hub', pulls: 2, window: 60 }, { now: () => new Date(now) })
    const image = await registry.pushImage('app', 'v1')
    const read = async (method: string) => {
      const response = await registry.request(method, manifests('app', 'v1'))
      await response.arrayBuffer()
      return [response.status, response.headers.get('ratelimit-remaining')]
    }
    assert.deepEqual(await read('GET'), [200, '1;w=60'])
    assert.deepEqual(await read('HEAD'), [200, '1;w=60'])
    assert.deepEqual(await read('GET'), [200, '0;w=60'])
    assert.deepEqual(await read('GET'), [429, '0;w=60'])
    now = 60_000
    assert.deepEqual(await read('GET'), [200, '1;w=60'])
    const mount = `/v2/new/blobs/uploads/?mount=${image.digest}&from=`
    await expectStatus(await registry.request('POST', `${mount}elsewhere`), 400)
    await expectStatus(await registry.request('POST', `${mount}app`), 202)
  })

  it('gar: one streamed PATCH is taken, chunks are not', async (t) => {
    const registry = await start(t, 'gar')
    const streamed = await registry.request('PATCH', await beginUpload(registry), {}, 'all of it')
    await expectStatus(streamed, 202)
    const location = streamed.headers.get('location') ?? ''
    await expectStatus(await registry.request('PATCH', location, {}, 'more'), 400)
    await expectStatus(await registry.request('PUT', `${location}?digest=${digestOf('all of it')}`), 201)
    const range = { 'content-range': '0-4' }
    await expectStatus(await registry.request('PATCH', await beginUpload(registry), range, 'chunk'), 400)
  })

  it('artifactory: what it does not have is forbidden', async (t) => {
    const registry = await start(t, 'artifactory')
    await registry.pushImage('app', 'v1')
    await expectStatus(await registry.request('HEAD', manifests('foreign', 'v1')), 403)
    await expectStatus(await registry.request('GET', '/v2/foreign/tags/list'), 403)
    await expectStatus(await registry.request('GET', manifests('app', 'v2')), 404)
  })

  it('nexus: no digest header, and BLOB_UNKNOWN for what is missing', async (t) => {
    const registry = await start(t, 'nexus')
    await registry.pushImage('app', 'v1')
    const head = await registry.request('HEAD', manifests('app', 'v1'))
    assert.deepEqual([head.status, head.headers.get('docker-content-digest')], [200, null])
    const sparse = await registry.putManifest('app', 'v2', {
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ mediaType: mediaTypes.ociManifest, digest: UNKNOWN, size: 15 }],
    })
    await expectStatus(sparse, 400)
    assert.deepEqual(
      (await errorsOf(sparse)).map(({ code, detail }) => [code, detail]),
      [['BLOB_UNKNOWN', UNKNOWN]],
    )
  })

  it('distribution2: like docker-registry 2.8', async (t) => {
    const registry = await start(t, 'distribution2')
    const image = await registry.pushImage('app', 'v1')
    await registry.pushImage('app', 'v2')
    const single = await registry.request('POST', `/v2/app/blobs/uploads/?digest=${digestOf('x')}`, {}, 'x')
    await expectStatus(single, 202)
    const { digest } = await registry.pushBlob('app', 'shared')
    await expectStatus(await registry.request('POST', `/v2/new/blobs/uploads/?mount=${digest}`), 202)
    await expectStatus(await registry.request('POST', `/v2/new/blobs/uploads/?mount=${digest}&from=app`), 201)
    await expectStatus(await registry.request('GET', `/v2/app/referrers/${image.digest}`), 404)
    assert.equal(await codeOf(await registry.request('DELETE', manifests('app', 'v1'))), 'DIGEST_INVALID')
    const list = await registry.request('GET', '/v2/app/tags/list?n=1&last=v1')
    assert.deepEqual(await list.json(), { name: 'app', tags: ['v1', 'v2'] })
    assert.equal(list.headers.get('link'), null)
    const bytes = await (await registry.request('GET', manifests('app', 'v1'))).text()
    const headers = { 'content-type': image.mediaType, 'if-none-match': '*' }
    await expectStatus(await registry.request('PUT', manifests('app', 'v1'), headers, bytes), 201)
    const tagged = await registry.request('PUT', `${manifests('app', image.digest)}?tag=v3`, headers, bytes)
    assert.deepEqual([tagged.status, tagged.headers.get('oci-tag')], [201, null])
    await expectStatus(await registry.request('HEAD', manifests('app', 'v3')), 404)
    const other = { mediaType: mediaTypes.ociLayer, digest: digestOf('nor this'), size: 8 }
    const missing = await registry.putManifest('app', 'v4', { ...incomplete, layers: [other] })
    const missed = (await errorsOf(missing)).map(({ detail }) => detail)
    assert.deepEqual(missed, [UNKNOWN, other.digest])
  })

  it('zot: tags several at once, says nothing of what is missing, wants mount with from', async (t) => {
    const registry = await start(t, 'zot')
    const image = await registry.pushImage('app', 'v1')
    const bytes = await (await registry.request('GET', manifests('app', 'v1'))).text()
    const path = `${manifests('app', image.digest)}?tag=a&tag=b`
    const tagged = await registry.request('PUT', path, { 'content-type': image.mediaType }, bytes)
    assert.equal(tagged.headers.get('oci-tag'), 'a, b')
    const missing = await registry.putManifest('app', 'v2', incomplete)
    assert.deepEqual(
      (await errorsOf(missing)).map(({ code, detail }) => [code, detail]),
      [['MANIFEST_INVALID', undefined]],
    )
    await expectStatus(await registry.request('POST', '/v2/new/blobs/uploads/?from=app'), 405)
  })
})

describe('profiles of trouble', () => {
  it('no-referrers: 404 and no OCI-Subject', async (t) => {
    const registry = await start(t, 'no-referrers')
    const subject = await registry.pushImage('app', 'v1')
    const config = await registry.pushBlob('app', '{}')
    const put = await registry.putManifest('app', 'ref', { ...incomplete, config, subject })
    assert.deepEqual([put.status, put.headers.get('oci-subject')], [201, null])
    await expectStatus(await registry.request('GET', `/v2/app/referrers/${subject.digest}`), 404)
  })

  it('permissive: takes what is incomplete', async (t) => {
    const registry = await start(t, 'permissive')
    await expectStatus(await registry.putManifest('app', 'v1', incomplete), 201)
  })

  it('conditions-ignored: the last writer wins', async (t) => {
    const registry = await start(t, ['conditions-ignored', 'permissive'])
    await registry.pushImage('app', 'v1')
    const match = { 'if-match': `"${UNKNOWN}"`, 'if-none-match': '*' }
    await expectStatus(await registry.putManifest('app', 'v1', incomplete, match), 201)
    const digest = digestOf(JSON.stringify(incomplete))
    const unchanged = { 'if-none-match': `"${digest}"` }
    await expectStatus(await registry.request('GET', manifests('app', 'v1'), unchanged), 304)
  })

  it('slow: everything arrives, in time', async (t) => {
    const registry = await start(t, { name: 'slow', latency: 5, bytesPerSecond: 100_000 })
    const begun = performance.now()
    const { digest } = await registry.pushBlob('app', 'x'.repeat(1000))
    const got = await registry.request('GET', `/v2/app/blobs/${digest}`)
    assert.equal((await got.text()).length, 1000)
    assert.ok(performance.now() - begun >= 30, 'three requests of 5 ms, twice 1000 bytes at 100 kB/s')
  })

  it('lossy: loses every nth request or its answer, and cuts the first download', async (t) => {
    const registry = await start(t, { name: 'lossy', dropEvery: 3, cutAt: 1000 })
    const put = (digest: string) =>
      registry.request('POST', `/v2/app/blobs/uploads/?digest=${digest}`, {}, 'content')
    const has = async (digest: string) =>
      (await registry.request('HEAD', `/v2/app/blobs/${digest}`)).status === 200
    assert.equal(await has(UNKNOWN), false)
    assert.equal(await has(UNKNOWN), false)
    await assert.rejects(put(digestOf('content')), 'the third never arrives')
    assert.equal(await has(digestOf('content')), false)
    assert.equal(await has(UNKNOWN), false)
    await assert.rejects(put(digestOf('content')), 'the sixth does, its answer is lost')
    assert.equal(await has(digestOf('content')), true)

    const cutting = await start(t, { name: 'lossy', dropEvery: 0, cutAt: 1000 })
    const { digest } = await cutting.pushBlob('app', 'x'.repeat(2000))
    const first = await cutting.request('GET', `/v2/app/blobs/${digest}`)
    await assert.rejects(first.arrayBuffer())
    const second = await cutting.request('GET', `/v2/app/blobs/${digest}`)
    assert.equal((await second.text()).length, 2000)
  })

  it('lying: about the digest, the bytes, the length and where a tag is', async (t) => {
    const honest = await startRegistry(t)
    const image = await honest.pushImage('app', 'v1')
    await honest.close()
    const asked = async (about: 'digest' | 'bytes' | 'length') => {
      const registry = await start(t, { name: 'lying', about: [about] }, { root: honest.root })
      const response = await registry.request('GET', manifests('app', image.digest))
      const bytes = Buffer.from(await response.arrayBuffer())
      await registry.close()
      return {
        told: response.headers.get('docker-content-digest'),
        size: bytes.length,
        digest: digestOf(bytes),
      }
    }
    const digest = await asked('digest')
    assert.deepEqual([digest.told === image.digest, digest.digest], [false, image.digest])
    const bytes = await asked('bytes')
    assert.deepEqual([bytes.told, bytes.digest === image.digest], [image.digest, false])
    assert.equal((await asked('length')).size, image.size - 1)

    const registry = await start(t, { name: 'lying', about: ['tags'] }, { root: honest.root })
    const moved = await registry.pushImage('app', 'v1', 'moved')
    const seen: (string | null)[] = []
    for (const _ of [1, 2]) {
      const head = await registry.request('HEAD', manifests('app', 'v1'))
      seen.push(head.headers.get('docker-content-digest'))
    }
    assert.deepEqual(seen, [image.digest, moved.digest])
    await registry.pushImage('app', 'new')
    await expectStatus(await registry.request('GET', manifests('app', 'new')), 404)
  })

  it('rate-limited: says how long to wait, in both forms', async (t) => {
    let now = 0
    const clock = { now: () => new Date(now) }
    for (const retryAfter of ['seconds', 'date'] as const) {
      now = 0
      const registry = await start(t, { name: 'rate-limited', burst: 2, rate: 0.5, retryAfter }, clock)
      const ping = async () => {
        const response = await registry.request('GET', '/v2/')
        const header = (name: string) => response.headers.get(name)
        return [response.status, header('ratelimit-remaining'), header('retry-after')]
      }
      assert.deepEqual(await ping(), [200, '1', null])
      assert.deepEqual(await ping(), [200, '0', null])
      const wait = retryAfter === 'seconds' ? '2' : 'Thu, 01 Jan 1970 00:00:02 GMT'
      assert.deepEqual(await ping(), [429, '0', wait])
      now = 2000
      assert.deepEqual(await ping(), [200, '0', null])
    }
  })
})

describe('profiles by name', () => {
  it('the guide has a line for each', async () => {
    const guide = (await readFile('docs/guide/quirk-lab.md', 'utf8')).replaceAll(/ +/g, ' ')
    for (const [name, { about, knownFrom }] of Object.entries(profiles))
      assert.ok(guide.includes(`| \`${name}\` | ${about} | ${knownFrom} |`), name)
  })

  it('the command line refuses a name it does not know, and lists those it does', async (t) => {
    const root = await temporaryDirectory(t)
    const words = ['registry', 'serve', '--root', root, '--listen', '127.0.0.1:0', '--profile', 'slow,ghrc']
    const { code, stderr } = await waybill(words, { cwd: root })
    assert.equal(code, 2)
    assert.match(stderr, /Found "ghrc" for --profile/)
    for (const name of Object.keys(profiles)) assert.ok(stderr.includes(name), name)
  })
})
