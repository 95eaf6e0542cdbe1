import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { describe, it } from 'node:test'
import { digestOf } from '../../src/oci/index.ts'
import { errorsOf, expectStatus, startRegistry } from '../support/embedded-registry.ts'
import type { RawRegistry } from '../support/embedded-registry.ts'

const BYTES = Buffer.from('0123456789'.repeat(100))
const DIGEST = digestOf(BYTES)
const NAME = 'team/app'

async function begin(registry: RawRegistry, query = ''): Promise<string> {
  const response = await registry.request('POST', `/v2/${NAME}/blobs/uploads/${query}`)
  await expectStatus(response, 202)
  return response.headers.get('location')!
}

describe('embedded registry: pushing blobs', () => {
  it('takes a blob in a single POST', async (t) => {
    const registry = await startRegistry(t)
    const post = await registry.request('POST', `/v2/${NAME}/blobs/uploads/?digest=${DIGEST}`, {}, BYTES)
    await expectStatus(post, 201)
    assert.equal(post.headers.get('docker-content-digest'), DIGEST)
    const got = await registry.request('GET', post.headers.get('location')!)
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), BYTES)
  })

  it('refuses content with another digest, and forgets it', async (t) => {
    const registry = await startRegistry(t)
    const post = await registry.request('POST', `/v2/${NAME}/blobs/uploads/?digest=${DIGEST}`, {}, 'other')
    await expectStatus(post, 400)
    assert.equal((await errorsOf(post))[0]!.code, 'DIGEST_INVALID')
    const location = await begin(registry)
    await expectStatus(await registry.request('PUT', `${location}?digest=${DIGEST}`, {}, 'other'), 400)
    await expectStatus(await registry.request('GET', location), 404)
    await expectStatus(await registry.request('HEAD', `/v2/${NAME}/blobs/${DIGEST}`), 404)
  })

  it('never lets wrong content replace the right one', async (t) => {
    const registry = await startRegistry(t)
    await registry.pushBlob('victim', BYTES)
    const poison = await registry.request('POST', `/v2/${NAME}/blobs/uploads/?digest=${DIGEST}`, {}, 'poison')
    await expectStatus(poison, 400)
    const got = await registry.request('GET', `/v2/victim/blobs/${DIGEST}`)
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), BYTES)
  })

  it('takes chunks in order and answers 416 with the place to go on from', async (t) => {
    const registry = await startRegistry(t)
    const location = await begin(registry)
    const chunk = (from: number, to: number) =>
      registry.request('PATCH', location, { 'content-range': `${from}-${to - 1}` }, BYTES.subarray(from, to))
    await expectStatus(await chunk(0, 400), 202)
    const gap = await chunk(500, 600)
    await expectStatus(gap, 416)
    assert.equal(gap.headers.get('range'), '0-399')
    await expectStatus(await chunk(0, 400), 416)
    const status = await registry.request('GET', location)
    await expectStatus(status, 204)
    assert.equal(status.headers.get('range'), '0-399')
    await expectStatus(await chunk(400, 800), 202)
    const last = { 'content-range': '800-999' }
    await expectStatus(
      await registry.request('PUT', `${location}?digest=${DIGEST}`, last, BYTES.subarray(800)),
      201,
    )
    const got = await registry.request('GET', `/v2/${NAME}/blobs/${DIGEST}`)
    assert.deepEqual(Buffer.from(await got.arrayBuffer()), BYTES)
  })

  it('refuses a chunk that is not as long as its Content-Range says', async (t) => {
    const registry = await startRegistry(t)
    const location = await begin(registry)
    const wrong = await registry.request('PATCH', location, { 'content-range': '0-9' }, 'too long for this')
    await expectStatus(wrong, 400)
    assert.equal((await errorsOf(wrong))[0]!.code, 'SIZE_INVALID')
    const streamed = new Blob(['too long for this']).stream()
    await expectStatus(await registry.request('PATCH', location, { 'content-range': '0-9' }, streamed), 400)
    await expectStatus(await registry.request('PATCH', location, { 'content-range': 'x' }, 'abc'), 400)
  })

  it('keeps what arrived when the client goes away, and lets it resume', async (t) => {
    const registry = await startRegistry(t)
    const location = await begin(registry)
    await sendHalf(registry, location, BYTES.subarray(0, 600), BYTES.length)
    const status = await registry.request('GET', location)
    assert.equal(status.headers.get('range'), '0-599')
    const rest = { 'content-range': '600-999' }
    await expectStatus(await registry.request('PATCH', location, rest, BYTES.subarray(600)), 202)
    await expectStatus(await registry.request('PUT', `${location}?digest=${DIGEST}`), 201)
  })

  it('finishes a session begun for sha256 with a sha512 digest', async (t) => {
    const registry = await startRegistry(t)
    const sha512 = digestOf(BYTES, 'sha512')
    for (const query of ['', '?digest-algorithm=sha512']) {
      const location = await begin(registry, query)
      await expectStatus(await registry.request('PUT', `${location}?digest=${sha512}`, {}, BYTES), 201)
    }
    await expectStatus(await registry.request('HEAD', `/v2/${NAME}/blobs/${sha512}`), 200)
    await expectStatus(await registry.request('HEAD', `/v2/${NAME}/blobs/${DIGEST}`), 404)
  })

  it('cancels a session, and shows it to no other repository', async (t) => {
    const registry = await startRegistry(t)
    const location = await begin(registry)
    await expectStatus(await registry.request('GET', location.replace(NAME, 'team/other')), 404)
    await expectStatus(await registry.request('DELETE', location), 204)
    const gone = await registry.request('PATCH', location, {}, 'abc')
    await expectStatus(gone, 404)
    assert.equal((await errorsOf(gone))[0]!.code, 'BLOB_UPLOAD_UNKNOWN')
  })

  it('drops a session nobody touched for a day', async (t) => {
    let now = new Date()
    const registry = await startRegistry(t, { now: () => now })
    const location = await begin(registry)
    now = new Date(now.getTime() + 25 * 60 * 60 * 1000)
    await begin(registry)
    await expectStatus(await registry.request('GET', location), 404)
  })

  it('takes the same blob from many writers at once', async (t) => {
    const registry = await startRegistry(t)
    await Promise.all(Array.from({ length: 12 }, (_, at) => registry.pushBlob(`team/app${at % 3}`, BYTES)))
    for (const at of [0, 1, 2]) {
      const got = await registry.request('GET', `/v2/team/app${at}/blobs/${DIGEST}`)
      assert.deepEqual(Buffer.from(await got.arrayBuffer()), BYTES)
    }
  })
})

describe('embedded registry: mounting and deleting blobs', () => {
  it('mounts from a named repository and, without one, from any', async (t) => {
    const registry = await startRegistry(t)
    await registry.pushBlob('source', BYTES)
    const named = await registry.request('POST', `/v2/one/blobs/uploads/?mount=${DIGEST}&from=source`)
    await expectStatus(named, 201)
    const anonymous = await registry.request('POST', `/v2/two/blobs/uploads/?mount=${DIGEST}`)
    await expectStatus(anonymous, 201)
    await expectStatus(await registry.request('HEAD', `/v2/two/blobs/${DIGEST}`), 200)
  })

  it('begins an upload when there is nothing to mount', async (t) => {
    const registry = await startRegistry(t)
    const response = await registry.request('POST', `/v2/one/blobs/uploads/?mount=${DIGEST}&from=source`)
    await expectStatus(response, 202)
    const put = await registry.request(
      'PUT',
      `${response.headers.get('location')}?digest=${DIGEST}`,
      {},
      BYTES,
    )
    await expectStatus(put, 201)
  })

  it('shows a blob only in the repositories that hold it', async (t) => {
    const registry = await startRegistry(t)
    await registry.pushBlob('one', BYTES)
    await registry.pushBlob('two', BYTES)
    await expectStatus(await registry.request('GET', `/v2/three/blobs/${DIGEST}`), 404)
    await expectStatus(await registry.request('DELETE', `/v2/one/blobs/${DIGEST}`), 202)
    await expectStatus(await registry.request('DELETE', `/v2/one/blobs/${DIGEST}`), 404)
    await expectStatus(await registry.request('HEAD', `/v2/one/blobs/${DIGEST}`), 404)
    await expectStatus(await registry.request('HEAD', `/v2/two/blobs/${DIGEST}`), 200)
  })
})

describe('embedded registry: pulling blobs', () => {
  it('serves ranges', async (t) => {
    const registry = await startRegistry(t)
    await registry.pushBlob(NAME, BYTES)
    const path = `/v2/${NAME}/blobs/${DIGEST}`
    const part = await registry.request('GET', path, { range: 'bytes=995-2000' })
    assert.equal(part.status, 206)
    assert.equal(part.headers.get('content-range'), 'bytes 995-999/1000')
    assert.equal(await part.text(), '56789')
    const outside = await registry.request('GET', path, { range: 'bytes=1000-' })
    assert.equal(outside.status, 416)
    assert.equal(outside.headers.get('content-range'), 'bytes */1000')
    const other = await registry.request('GET', path, { range: 'bytes=0-1', 'if-range': '"sha256:other"' })
    assert.equal(other.status, 200)
    const same = await registry.request('GET', path, { 'if-none-match': `"${DIGEST}"` })
    assert.equal(same.status, 304)
    const head = await registry.request('HEAD', path)
    assert.equal(head.headers.get('content-length'), '1000')
    assert.equal(head.headers.get('accept-ranges'), 'bytes')
  })

  it('streams a large blob in and out', async (t) => {
    const registry = await startRegistry(t)
    const size = 32 * 1024 * 1024
    const block = Buffer.alloc(1024 * 1024, 7)
    const digest = digestOf(Buffer.alloc(size, 7))
    let left = size
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        left -= block.length
        controller.enqueue(Buffer.from(block))
        if (left === 0) controller.close()
      },
    })
    const location = await begin(registry)
    await expectStatus(await registry.request('PATCH', location, {}, source), 202)
    await expectStatus(await registry.request('PUT', `${location}?digest=${digest}`), 201)
    const got = await registry.request('GET', `/v2/${NAME}/blobs/${digest}`)
    let received = 0
    for await (const chunk of got.body!) received += (chunk as Uint8Array).length
    assert.equal(received, size)
  })
})

/** Announces `size` bytes, sends only `part`, and cuts the connection. */
async function sendHalf(registry: RawRegistry, location: string, part: Buffer, size: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const headers = { 'content-length': String(size) }
  const request = httpRequest(new URL(location, registry.url), { method: 'PATCH', headers })
  request.on('error', () => {})
  request.on('close', () => resolve())
  request.write(part, () => setTimeout(() => request.destroy(), 50))
  await promise
}
