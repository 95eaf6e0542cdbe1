import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { isFailure, limits } from '../../src/base/index.ts'
import type { Fault } from '../../src/embedded/index.ts'
import { childrenOf, digestOf, mediaTypes, ociErrors, parseRepository } from '../../src/oci/index.ts'
import type { Descriptor, Digest } from '../../src/oci/index.ts'
import { copyClosure, readBlob, registryErrors, resolve } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { blobOf, putImage, putIndex } from '../support/images.ts'
import {
  embeddedRegistry,
  labClient,
  repositoryAt,
  requestCount,
  scriptedServer,
} from '../support/registries.ts'
import { rejection } from '../support/rejection.ts'

const codes = { ...registryErrors, ...ociErrors }

/** A registry that answers every manifest request with these bytes, and a store on it. */
async function lying(t: TestContext, body: string | Buffer, headers: Record<string, string>, status = 200) {
  const server = await scriptedServer(t, (_, response) => response.writeHead(status, headers).end(body))
  return labClient(t).repository(parseRepository(`${server.address}/app`))
}

async function bytesOf(store: ImageStore, descriptor: Descriptor): Promise<Buffer> {
  return readBlob(store, descriptor, 10_000_000)
}

describe('test/flow/registry-faults: a registry that lies about manifests', () => {
  const asked = digestOf('what was asked for')
  const index = { 'content-type': mediaTypes.ociIndex }
  const empty = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] })
  const both = JSON.stringify({ schemaVersion: 2, manifests: [], layers: [], config: {} })
  const many = JSON.stringify({
    schemaVersion: 2,
    manifests: Array.from({ length: limits.childrenPerIndex + 1 }, () => ({
      mediaType: mediaTypes.ociManifest,
      digest: asked,
      size: 1,
    })),
  })
  const cases: readonly (readonly [string, string, string | Buffer, Record<string, string>, string])[] = [
    ['other bytes than the digest', asked, empty, index, 'DIGEST_MISMATCH'],
    [
      'a header that contradicts the bytes',
      'v1',
      empty,
      { ...index, 'docker-content-digest': asked },
      'DIGEST_MISMATCH',
    ],
    [
      'a header that agrees with the question, over other bytes',
      asked,
      empty,
      { ...index, 'docker-content-digest': asked },
      'DIGEST_MISMATCH',
    ],
    [
      'a manifest over the limit',
      'v1',
      Buffer.alloc(limits.manifestBytes + 1, ' '),
      index,
      'MANIFEST_TOO_LARGE',
    ],
    [
      'Content-Type against mediaType',
      'v1',
      empty,
      { 'content-type': mediaTypes.ociManifest },
      'MEDIA_TYPE_CONFUSION',
    ],
    ['index and manifest in one', 'v1', both, index, 'MEDIA_TYPE_CONFUSION'],
    [
      'a malformed index',
      'v1',
      '{"schemaVersion":2,"manifests":[{"digest":"sha256:short"}]}',
      index,
      'MANIFEST_INVALID',
    ],
    ['too many children', 'v1', many, index, 'MANIFEST_INVALID'],
    ['not JSON', 'v1', '<html>', index, 'JSON_INVALID'],
    ['a web page', 'v1', '<html>', { 'content-type': 'text/html' }, 'JSON_INVALID'],
  ]
  for (const [name, reference, body, headers, code] of cases)
    it(`${name}: ${code}`, async (t) => {
      const store = await lying(t, body, headers)
      assert.equal((await rejection(store.manifest(reference))).code, code)
    })

  it('a HEAD without a digest is not believed: the manifest is read', async (t) => {
    const store = await lying(t, empty, index)
    assert.equal((await store.head('v1'))?.digest, digestOf(empty))
  })

  it('a HEAD with another digest than asked: DIGEST_MISMATCH', async (t) => {
    const headers = { ...index, 'docker-content-digest': digestOf(empty), 'content-length': '10' }
    const store = await lying(t, '0123456789', headers)
    assert.equal((await rejection(store.head(asked))).code, 'DIGEST_MISMATCH')
  })
})

describe('test/flow/registry-faults: blobs', () => {
  async function oneBlob(t: TestContext, size = 200_000) {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'dev/app')
    const blob = blobOf(Buffer.alloc(size, 'abcdefg'), 'application/octet-stream')
    const once = async function* () {
      yield blob.bytes
    }
    await store.putBlob(blob.descriptor, () => Promise.resolve(once()))
    return { lab, store, blob }
  }

  it('changed bytes: DIGEST_MISMATCH', async (t) => {
    const { lab, store, blob } = await oneBlob(t)
    lab.fault = () => ({ corrupt: true })
    assert.equal((await rejection(bytesOf(store, blob.descriptor))).code, codes.DIGEST_MISMATCH.code)
  })

  it('a broken connection is resumed by range, and the whole is still hashed', async (t) => {
    const { lab, store, blob } = await oneBlob(t)
    let cuts = 2
    lab.fault = ({ path }) => (path.includes('/blobs/') && cuts-- > 0 ? { truncateAt: 70_000 } : undefined)
    assert.deepEqual(await bytesOf(store, blob.descriptor), blob.bytes)
    await requestCount(lab)
    const gets = lab.requests.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))
    assert.deepEqual(
      gets.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 206, 206],
    )
  })

  it('a connection that always breaks ends with REGISTRY_UNREACHABLE', async (t) => {
    const { lab, store, blob } = await oneBlob(t)
    lab.fault = () => ({ truncateAt: 0 })
    const error = await rejection(bytesOf(store, blob.descriptor))
    assert.equal(error.code, codes.REGISTRY_UNREACHABLE.code)
    assert.equal(error.retryable, true)
  })

  it('a registry that ignores Range is read again from the start', async (t) => {
    const blob = blobOf(Buffer.alloc(300_000, 'abcdefg'), 'text/plain')
    let first = true
    const server = await scriptedServer(t, (_, response) => {
      response.writeHead(200, { 'content-length': String(blob.bytes.length) })
      if (!first) return response.end(blob.bytes)
      first = false
      response.write(blob.bytes.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20))
    })
    const store = labClient(t).repository(parseRepository(`${server.address}/app`))
    assert.deepEqual(await bytesOf(store, blob.descriptor), blob.bytes)
    assert.equal(server.seen.length, 2)
  })

  for (const [name, claimed] of [
    ['longer than it is', 200_001],
    ['shorter than it is', 199_999],
  ] as const)
    it(`a descriptor that calls it ${name}: SIZE_MISMATCH`, async (t) => {
      const { store, blob } = await oneBlob(t)
      const error = await rejection(bytesOf(store, { ...blob.descriptor, size: claimed }))
      assert.equal(error.code, codes.SIZE_MISMATCH.code)
    })

  it('missing: BLOB_MISSING; over the limit: LIMIT_EXCEEDED', async (t) => {
    const { store, blob } = await oneBlob(t)
    const gone = { ...blob.descriptor, digest: digestOf('gone') }
    assert.equal((await rejection(bytesOf(store, gone))).code, codes.BLOB_MISSING.code)
    assert.equal(await store.hasBlob(gone), false)
    assert.equal((await rejection(readBlob(store, blob.descriptor, 100))).code, 'LIMIT_EXCEEDED')
  })

  it('an upload that breaks is sent again from the start', async (t) => {
    const { lab, store } = await oneBlob(t)
    const blob = blobOf(Buffer.alloc(150_000, 'z'), 'application/octet-stream')
    let breaks = 1
    lab.fault = ({ method }) => (method === 'PUT' && breaks-- > 0 ? { status: 503 } : undefined)
    let opened = 0
    const open = async () => {
      opened++
      return (async function* () {
        yield blob.bytes.subarray(0, 1000)
        yield blob.bytes.subarray(1000)
      })()
    }
    assert.equal(await store.putBlob(blob.descriptor, open), 'sent')
    assert.equal(opened, 2)
    assert.deepEqual(await bytesOf(store, blob.descriptor), blob.bytes)
  })
})

describe('test/flow/registry-faults: pressure and refusals', () => {
  async function seeded(t: TestContext) {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'dev/app')
    const index = await putIndex(store, {}, 'v1')
    return { lab, store, index }
  }

  for (const [form, header] of [
    ['seconds', () => '1'],
    ['date', () => new Date(Date.now() + 1500).toUTCString()],
  ] as const)
    it(`429 with Retry-After as ${form} is waited for`, async (t) => {
      const { lab, store } = await seeded(t)
      let refusals = 1
      const busy = (): Fault => ({ status: 429, headers: { 'retry-after': header() }, body: '{"errors":[]}' })
      lab.fault = () => (refusals-- > 0 ? busy() : undefined)
      const before = performance.now()
      assert.ok(await store.manifest('v1'))
      assert.ok(performance.now() - before > 400, 'it waited as asked, not its own 5 ms')
    })

  it('a storm ends with REGISTRY_FAILED, after bounded tries, saying what the registry said', async (t) => {
    const { lab, store } = await seeded(t)
    const body = JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down\u001b[31m' }] })
    lab.fault = () => ({ status: 429, body, headers: { 'content-type': 'application/json' } })
    const before = await requestCount(lab)
    const error = await rejection(store.manifest('v1'))
    assert.equal(error.code, codes.REGISTRY_FAILED.code)
    assert.equal(error.retryable, true)
    assert.match(error.message, /TOOMANYREQUESTS: slow down/)
    assert.equal(error.message.includes('\u001b'), false)
    assert.equal((await requestCount(lab)) - before, 3)
  })

  it('nobody listening: REGISTRY_UNREACHABLE at once', async (t) => {
    const store = labClient(t).repository(parseRepository('127.0.0.1:1/app'))
    const error = await rejection(store.manifest('v1'))
    assert.equal(error.code, codes.REGISTRY_UNREACHABLE.code)
    assert.match(error.message, /127\.0\.0\.1:1: the connection was refused/)
  })

  it('resolve tells a missing tag from a missing repository', async (t) => {
    const { lab, store } = await seeded(t)
    const tag = await rejection(resolve(store, 'v2'))
    assert.equal(tag.code, codes.MANIFEST_MISSING.code)
    assert.match(tag.next, /v1/)
    const repository = await rejection(resolve(repositoryAt(t, lab, 'dev/typo'), 'v1'))
    assert.equal(repository.code, codes.REPOSITORY_MISSING.code)
  })

  it('an abort ends a copy with its own reason', async (t) => {
    const { lab, store, index } = await seeded(t)
    const controller = new AbortController()
    lab.fault = ({ method }) => {
      if (method === 'PUT') setTimeout(() => controller.abort(new Error('enough')), 5)
      return method === 'PUT' ? { delay: 500 } : undefined
    }
    const other = await embeddedRegistry(t)
    other.fault = lab.fault
    const work = copyClosure({
      source: store,
      destination: repositoryAt(t, other, 'app'),
      root: index.descriptor.digest,
      signal: controller.signal,
    })
    await assert.rejects(work, /enough/)
  })
})

describe('test/flow/registry-faults: tags', () => {
  it('moves a tag only from where it is expected', async (t) => {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'dev/app')
    const one = await putImage(store, 'linux/amd64', { seed: 'one' })
    const two = await putImage(store, 'linux/amd64', { seed: 'two' })
    await store.putTag('v1', one, 'absent')
    await store.putTag('v1', one, 'absent')
    const conflict = await rejection(store.putTag('v1', two, 'absent'))
    assert.equal(conflict.code, codes.TAG_CONFLICT.code)
    assert.equal(conflict.exit, 1)
    await store.putTag('v1', two, one.descriptor.digest)
    assert.equal((await rejection(store.putTag('v1', one, digestOf('other')))).code, codes.TAG_CONFLICT.code)
    assert.equal((await store.head('v1'))?.digest, two.descriptor.digest)
  })

  it('a tag somebody moves in between is a conflict, with and without conditional writes', async (t) => {
    for (const conditional of [true, false]) {
      const lab = await embeddedRegistry(t)
      const store = repositoryAt(t, lab, 'dev/app')
      const rival = repositoryAt(t, lab, 'dev/app')
      const one = await putImage(store, 'linux/amd64', { seed: 'one' })
      const two = await putImage(store, 'linux/amd64', { seed: 'two' })
      let raced: Promise<void> | undefined
      lab.fault = ({ method, path }) => {
        if (raced || method !== 'PUT' || !path.endsWith('/manifests/stable')) return undefined
        raced = rival.putTag('stable', two)
        // Ours waits until the rival is done; or ours is lost because the rival came right after it.
        return conditional ? { delay: 300 } : { status: 201 }
      }
      const error = await rejection(store.putTag('stable', one, conditional ? 'absent' : undefined))
      await raced
      assert.equal(error.code, codes.TAG_CONFLICT.code)
      assert.equal((await store.head('stable'))?.digest, two.descriptor.digest)
    }
  })

  it('deletes what it may, and says so when it may not', async (t) => {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'dev/app')
    const image = await putImage(store, 'linux/amd64')
    await store.putTag('v1', image)
    assert.equal(await store.deleteTag('v1'), true)
    assert.equal(await store.manifest('v1'), undefined)
    assert.equal(await store.deleteManifest(image.descriptor.digest), true)
    assert.equal(await store.manifest(image.descriptor.digest), undefined)
    lab.fault = ({ method }) => (method === 'DELETE' ? { status: 405, body: '{"errors":[]}' } : undefined)
    assert.equal(await store.deleteTag('v1'), false)
  })

  it('lists many tags over several pages', async (t) => {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'dev/app')
    const image = await putImage(store, 'linux/amd64')
    const names = Array.from({ length: 12 }, (_, i) => `v${i + 10}`)
    for (const name of names) await store.putTag(name, image)
    assert.deepEqual([...(await store.tags())].toSorted(), names)
    assert.deepEqual(await repositoryAt(t, lab, 'dev/none').tags(), [])
  })
})

describe('test/flow/registry-faults: sides', () => {
  it('says which side failed', async (t) => {
    const [a, b] = [await embeddedRegistry(t), await embeddedRegistry(t)]
    const source = repositoryAt(t, a, 'app')
    const destination = repositoryAt(t, b, 'app')
    const index = await putIndex(source)
    const root: Digest = index.descriptor.digest
    b.fault = ({ method }) => (method === 'POST' ? { status: 500, body: 'boom' } : undefined)
    const there = await rejection(copyClosure({ source, destination, root }))
    assert.match(there.message, /^Destination /)
    assert.equal(there.detail.side, 'destination')
    b.fault = undefined
    a.fault = ({ path }) => (path.includes('/blobs/') ? { corrupt: true } : undefined)
    const here = await rejection(copyClosure({ source, destination, root }))
    assert.match(here.message, /^Source /)
    assert.equal(here.code, codes.DIGEST_MISMATCH.code)
    assert.equal(await destination.manifest(root), undefined, 'nothing visible is left')
    a.fault = undefined
    const gone = childrenOf(index.manifest)[0]!.digest
    await source.deleteManifest(gone)
    const incomplete = await rejection(copyClosure({ source, destination, root }))
    assert.ok(isFailure(incomplete, codes.MANIFEST_MISSING))
    assert.match(incomplete.message, new RegExp(`^Source .*${gone}`))
  })
})

describe('test/flow/registry-faults: the referrers API', () => {
  const answers: Readonly<Record<string, readonly [Fault, string]>> = {
    forbids: [{ status: 403 }, 'REGISTRY_DENIED'],
    'refuses the request': [{ status: 400 }, 'REGISTRY_ANSWER_INVALID'],
    'sends people elsewhere': [{ status: 303, headers: { location: '/login' } }, 'REGISTRY_ANSWER_INVALID'],
    'shows a web page': [
      { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>sign in</html>' },
      'REGISTRY_ANSWER_INVALID',
    ],
  }
  for (const [what, [fault, code]] of Object.entries(answers)) {
    it(`${what} where it gave a list before: could not tell, not "nothing there"`, async (t) => {
      const lab = await embeddedRegistry(t)
      const store = repositoryAt(t, lab, 'app')
      const [one, two] = [
        await putIndex(store, { seed: 'one', layers: 1 }),
        await putIndex(store, { seed: 'two', layers: 1 }),
      ]
      assert.deepEqual(await store.referrers(one.descriptor.digest), [])
      lab.fault = ({ path }) => (path.includes('/referrers/') ? fault : undefined)
      await assert.rejects(store.referrers(two.descriptor.digest), { code })
      // From one that never had an API the same answer means that there is none.
      assert.deepEqual(await repositoryAt(t, lab, 'app').referrers(two.descriptor.digest), [])
    })
  }
})
