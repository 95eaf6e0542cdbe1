import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import type { AnsweredRequest, Fault } from '../../src/embedded/index.ts'
import { digestOf } from '../../src/oci/index.ts'
import { errorsOf, expectStatus, startRegistry } from '../support/embedded-registry.ts'

describe('embedded registry: what tests can inject and see', () => {
  it('answers in place of the registry, without carrying the request out', async (t) => {
    let fault: Fault | undefined = { status: 429, headers: { 'retry-after': '1' }, body: 'slow down' }
    const registry = await startRegistry(t, {
      onAnswer: ({ method }) => (method === 'PUT' ? fault : undefined),
    })
    const type = { 'content-type': 'application/vnd.example.thing.v1+json' }
    const put = await registry.request('PUT', '/v2/app/manifests/v1', type, 'x')
    assert.equal(put.status, 429)
    assert.equal(put.headers.get('retry-after'), '1')
    assert.equal(await put.text(), 'slow down')
    await expectStatus(await registry.request('GET', '/v2/app/manifests/v1'), 404)
    fault = undefined
    await expectStatus(await registry.request('PUT', '/v2/app/manifests/v1', type, 'x'), 201)
  })

  it('carries the request out and spoils the answer', async (t) => {
    let fault: Fault | undefined
    const registry = await startRegistry(t, { onAnswer: () => fault })
    const { digest } = await registry.pushBlob('app', 'some content')
    const path = `/v2/app/blobs/${digest}`
    fault = { corrupt: true, headers: { 'docker-content-digest': digestOf('lie') }, delay: 30 }
    const corrupt = await registry.request('GET', path)
    assert.equal(corrupt.headers.get('docker-content-digest'), digestOf('lie'))
    const bytes = Buffer.from(await corrupt.arrayBuffer())
    assert.equal(bytes.length, 12)
    assert.equal(bytes.subarray(1).toString(), 'ome content')
    assert.notEqual(digestOf(bytes), digest)
    fault = { truncateAt: 5 }
    const cut = await registry.request('GET', path)
    assert.equal(cut.headers.get('content-length'), '12')
    await assert.rejects(cut.arrayBuffer())
    fault = { truncateAt: 0 }
    await assert.rejects(registry.request('DELETE', path))
    fault = undefined
    await expectStatus(await registry.request('HEAD', path), 404)
  })

  it('cuts the connection also when the request came before the last answer was through', async (t) => {
    const faults: Fault[] = [{ delay: 50 }, { truncateAt: 0 }]
    const { address } = await startRegistry(t, { onAnswer: () => faults.shift() })
    const [host, port] = address.split(':')
    const socket = connect(Number(port), host)
    const request = `GET /v2/ HTTP/1.1\r\nHost: ${address}\r\n\r\n`
    socket.write(request + request)
    socket.resume()
    await once(socket, 'close')
  })

  it('reports every request with its body bytes, both ways', async (t) => {
    const seen: AnsweredRequest[] = []
    const registry = await startRegistry(t, { onRequest: (request) => seen.push(request) })
    const { digest } = await registry.pushBlob('app', 'some content')
    await (await registry.request('GET', `/v2/app/blobs/${digest}`)).arrayBuffer()
    await registry.request('HEAD', '/v2/app/manifests/none')
    await registry.close()
    const summary = seen.map(({ method, status, bytes }) => [method, status, bytes])
    assert.deepEqual(summary, [
      ['POST', 202, 0],
      ['PUT', 201, 12],
      ['GET', 200, 12],
      ['HEAD', 404, 0],
    ])
    assert.equal(seen[2]!.path, `/v2/app/blobs/${digest}`)
  })
})

describe('embedded registry: paths', () => {
  it('lets nobody out of its directory', async (t) => {
    const registry = await startRegistry(t)
    const paths = [
      '/v2/../../etc/passwd/tags/list',
      '/v2/a/../../b/tags/list',
      '/v2/..%2f..%2fetc/tags/list',
      '/v2/a%00b/tags/list',
      '/v2/_blobs/tags/list',
      '/v2/a/_tags/tags/list',
      '/v2/A/tags/list',
      `/v2/${'a'.repeat(256)}/tags/list`,
      '/v2/a/manifests/sha256:zz',
    ]
    for (const path of paths) {
      const { status, body } = await rawGet(registry.url, path)
      assert.equal(status, 400, path)
      assert.match(body, /"code":"(?:NAME_INVALID|DIGEST_INVALID)"/)
    }
    for (const path of [
      '/',
      '/v1/',
      '/v2/a',
      '/v2/%zz/tags/list',
      '/v2/a/manifests/..%2f..',
      '/v2/a/manifests/..',
    ])
      assert.equal((await rawGet(registry.url, path)).status, 404, path)
    const upload = await registry.request('GET', '/v2/a/blobs/uploads/not-a-session')
    assert.equal((await errorsOf(upload))[0]!.code, 'BLOB_UPLOAD_UNKNOWN')
  })

  it('takes names that look like parts of the API', async (t) => {
    const registry = await startRegistry(t)
    for (const name of ['blobs/uploads', 'manifests/manifests', 'tags/list', 'v2'])
      await registry.pushImage(name, 'v1')
    const list = await registry.request('GET', '/v2/tags/list/tags/list')
    assert.deepEqual(await list.json(), { name: 'tags/list', tags: ['v1'] })
  })

  it('says which methods a path takes', async (t) => {
    const registry = await startRegistry(t)
    const response = await registry.request('POST', '/v2/a/tags/list')
    await expectStatus(response, 405)
    assert.equal(response.headers.get('allow'), 'GET')
    assert.equal((await errorsOf(response))[0]!.code, 'UNSUPPORTED')
  })
})

/** A GET whose path is sent as it is; `fetch` would tidy it up. */
async function rawGet(url: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(url)
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>()
  const request = httpRequest({ hostname, port, path }, (response) => {
    response.setEncoding('utf8')
    response
      .toArray()
      .then((chunks) => resolve({ status: response.statusCode!, body: chunks.join('') }), reject)
  })
  request.on('error', reject)
  request.end()
  return promise
}
