import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { digestOf, parseRepository } from '../../src/oci/index.ts'
import { readBlob } from '../../src/registry/index.ts'
import type { Credential, ImageStore } from '../../src/registry/index.ts'
import type { BlobContent } from '../../src/registry/store.ts'
import { brokenLine } from '../support/cutting-proxy.ts'
import { blobOf } from '../support/images.ts'
import type { Blob } from '../support/images.ts'
import { throughProxy } from '../support/proxy.ts'
import {
  dockerRegistry,
  embeddedRegistry,
  labClient,
  noDockerRegistry,
  repositoryAt,
  requestCount,
  scriptedServer,
} from '../support/registries.ts'
import type { LabRegistry, SeenRequest } from '../support/registries.ts'

const MiB = 1024 * 1024

function randomBlob(size: number): Blob {
  return blobOf(randomBytes(size), 'application/octet-stream')
}

/** The bytes in chunks of 64 KiB, from any byte on; counts how often they are read. */
function contentOf({ bytes }: Blob) {
  const count = { opened: 0, resumed: 0 }
  async function* from(offset: number) {
    for (let at = offset; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
  }
  const open = async (): Promise<BlobContent> => {
    count.opened++
    return {
      [Symbol.asyncIterator]: () => from(0),
      from: (offset) => {
        count.resumed++
        return from(offset)
      },
    }
  }
  return { count, open }
}

/** `METHOD what status` of every request about blobs. */
async function talk(lab: LabRegistry): Promise<readonly string[]> {
  await requestCount(lab)
  const word = (path: string) => {
    if (path.includes('mount=')) return 'mount'
    if (/uploads\/\?digest/.test(path)) return 'whole'
    return path.includes('uploads/') ? (path.endsWith('uploads/') ? 'begin' : 'session') : 'blob'
  }
  return lab.requests.map(({ method, path, status }) => `${method} ${word(path)} ${status}`)
}

async function embedded(t: TestContext) {
  const lab = await embeddedRegistry(t)
  return { lab, store: repositoryAt(t, lab, 'app') }
}

async function put(store: ImageStore, blob: Blob, options = {}) {
  return store.putBlob(blob.descriptor, contentOf(blob).open, options)
}

async function assertThere(store: ImageStore, blob: Blob): Promise<void> {
  assert.equal(digestOf(await readBlob(store, blob.descriptor, 100 * MiB)), blob.descriptor.digest)
}

describe('test/flow/blob-upload: beginning', () => {
  it('one request says that a blob is there, and nothing is opened', async (t) => {
    const { lab, store } = await embedded(t)
    const blob = randomBlob(100_000)
    const { count, open } = contentOf(blob)
    assert.equal(await store.putBlob(blob.descriptor, open), 'sent')
    assert.equal(await store.putBlob(blob.descriptor, open), 'present')
    assert.deepEqual(await talk(lab), ['POST mount 202', 'PUT session 201', 'POST mount 201'])
    assert.equal(count.opened, 1)
  })

  it('a small blob is one request', async (t) => {
    const { lab, store } = await embedded(t)
    const blob = randomBlob(64 * 1024)
    assert.equal(await put(store, blob), 'sent')
    assert.deepEqual(await talk(lab), ['POST whole 201'])
    await assertThere(store, blob)
  })

  it('what is expected to be absent is not asked for', async (t) => {
    const { lab, store } = await embedded(t)
    assert.equal(await put(store, randomBlob(2 * MiB), { expectAbsent: true }), 'sent')
    assert.deepEqual(await talk(lab), ['POST begin 202', 'PUT session 201'])
  })

  it('a registry that refuses to be asked that way is not asked again', async (t) => {
    const { lab, store } = await embedded(t)
    lab.fault = ({ path }) => (path.includes('mount=') ? { status: 405, body: '{}' } : undefined)
    const blobs = [randomBlob(100_000), randomBlob(100_001)]
    for (const blob of blobs) assert.equal(await put(store, blob), 'sent')
    assert.deepEqual(await talk(lab), [
      'POST mount 405',
      'POST begin 202',
      'PUT session 201',
      'POST begin 202',
      'PUT session 201',
    ])
  })

  it('where the question is not understood, HEAD keeps many bytes from being sent again', async (t) => {
    const { lab, store } = await embedded(t)
    const [big, small] = [randomBlob(MiB), randomBlob(100_000)]
    for (const blob of [big, small]) await put(store, blob, { expectAbsent: true })
    const location = '/v2/app/blobs/uploads/none'
    lab.fault = ({ path }) => (path.includes('mount=') ? { status: 202, headers: { location } } : undefined)
    await requestCount(lab)
    lab.requests.length = lab.begun = 0
    assert.equal(await put(store, big), 'present')
    assert.equal(await put(store, big), 'present')
    assert.equal(await put(store, small), 'sent')
    assert.deepEqual(await talk(lab), [
      'POST mount 202',
      'HEAD blob 200',
      'DELETE session 404',
      'HEAD blob 200',
      'POST begin 202',
      'PUT session 201',
    ])
  })

  it('mounts, and uploads into the session it gets when it cannot', async (t) => {
    const { lab, store } = await embedded(t)
    const blob = randomBlob(100_000)
    await put(store, blob)
    const other = repositoryAt(t, lab, 'other')
    const mountFrom = store.repository
    await requestCount(lab)
    lab.requests.length = lab.begun = 0
    assert.equal(await put(other, blob, { mountFrom }), 'mounted')
    assert.equal(await put(other, randomBlob(100_002), { mountFrom }), 'sent')
    assert.deepEqual(await talk(lab), ['POST mount 201', 'POST mount 202', 'PUT session 201'])
  })

  it(
    'docker-registry: learns that small blobs take two requests and that presence takes one',
    { skip: noDockerRegistry },
    async (t) => {
      const lab = await throughProxy(t, await dockerRegistry(t), { conditions: true })
      const seen: string[] = []
      lab.hold = ({ method, path }) =>
        void seen.push(`${method} ${/mount|\?digest|_state/.exec(path)?.[0] ?? ''}`)
      const store = repositoryAt(t, lab, 'app')
      const blobs = [randomBlob(100), randomBlob(200), randomBlob(2 * MiB)]
      for (const blob of blobs) assert.equal(await put(store, blob), 'sent')
      for (const blob of blobs) assert.equal(await put(store, blob), 'present')
      assert.deepEqual(seen, [
        'POST ?digest',
        'PUT _state',
        'POST mount',
        'PUT _state',
        'POST mount',
        'HEAD ',
        'PUT _state',
        'POST mount',
        'POST mount',
        'POST mount',
        'POST mount',
      ])
    },
  )
})

describe('test/flow/blob-upload: what breaks', () => {
  const size = 32 * MiB

  it('goes on where it stopped, from the byte the source stopped at too', async (t) => {
    const { lab, store } = await embedded(t)
    const line = await brokenLine(t, lab)
    const source = repositoryAt(t, await embeddedRegistry(t), 'app')
    const blob = randomBlob(size)
    await put(source, blob)
    line.cuts = [
      { direction: 'up', after: 10 * MiB },
      { direction: 'up', after: 12 * MiB },
    ]
    const done: number[] = []
    let opened = 0
    const open = () => {
      opened++
      return source.blob(blob.descriptor, { lent: true })
    }
    const broken = repositoryAt(t, line, 'app')
    assert.equal(await broken.putBlob(blob.descriptor, open, { onBytes: (n) => done.push(n) }), 'sent')
    assert.ok(
      line.passed.up < size + 8 * MiB,
      `${line.passed.up} bytes went up: ${(await talk(lab)).join(', ')}`,
    )
    assert.equal(opened, 1)
    assert.ok(done.every((n) => n <= size))
    assert.equal(done.at(-1), size)
    const words = await talk(lab)
    assert.deepEqual(
      words.filter((word) => word.startsWith('POST')),
      ['POST mount 202', 'POST mount 201'],
      'one beginning; then it is found out whether the question was understood',
    )
    assert.equal(words.filter((word) => word.startsWith('GET session')).length, 2)
    await assertThere(store, blob)
  })

  it(
    'docker-registry does not know a broken session any more: begins again',
    { skip: noDockerRegistry },
    async (t) => {
      const lab = await dockerRegistry(t)
      const line = await brokenLine(t, lab)
      const blob = randomBlob(size)
      line.cuts = [{ direction: 'up', after: 10 * MiB }]
      assert.equal(await put(repositoryAt(t, line, 'app'), blob), 'sent')
      assert.ok(line.passed.up > size)
      await assertThere(repositoryAt(t, lab, 'app'), blob)
    },
  )

  it('an answer that is lost after the last byte is asked for, not sent for again', async (t) => {
    const { lab, store } = await embedded(t)
    let lost = 1
    lab.fault = ({ method }) => (method === 'PUT' && lost-- > 0 ? { truncateAt: 0 } : undefined)
    assert.equal(await put(store, randomBlob(5 * MiB), { expectAbsent: true }), 'sent')
    const words = await talk(lab)
    assert.equal(words.filter((word) => word.startsWith('PUT')).length, 1)
    assert.deepEqual(words.slice(-2), ['GET session 404', 'POST mount 201'])
  })

  it('a token that runs out in the middle is renewed, and the bytes are sent again', async (t) => {
    const users = new Map([['alice', 'secret']])
    const lab = await embeddedRegistry(t, { auth: { kind: 'bearer', users } })
    const alice: Credential = { kind: 'basic', username: 'alice', password: 'secret' }
    const client = labClient(t, { credentials: { credentialFor: () => Promise.resolve(alice) } })
    const store = repositoryAt(t, lab, 'app', client)
    const challenge = `Bearer realm="http://${lab.address}/token",service="${lab.address}",scope="repository:app:pull,push",error="invalid_token"`
    let expired = 1
    lab.fault = ({ method }) =>
      method === 'PUT' && expired-- > 0
        ? // Two tokens of one second would be the same.
          { status: 401, headers: { 'www-authenticate': challenge }, body: '{}', delay: 1100 }
        : undefined
    const blob = randomBlob(3 * MiB)
    assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    const words = (await talk(lab)).filter((word) => !word.startsWith('GET'))
    assert.deepEqual(words.slice(-3), ['POST begin 202', 'PUT session 401', 'PUT session 201'])
    await assertThere(store, blob)
  })

  it('499, the word of a registry whose client seems gone, is a break like any other', async (t) => {
    const { lab, store } = await embedded(t)
    let breaks = 1
    lab.fault = ({ method }) => (method === 'PUT' && breaks-- > 0 ? { status: 499, body: '{}' } : undefined)
    const blob = randomBlob(100_000)
    assert.equal(await put(store, blob), 'sent')
    await assertThere(store, blob)
  })

  it('a session that is gone is begun again', async (t) => {
    const { lab, store } = await embedded(t)
    let gone = 1
    lab.fault = ({ method }) => (method === 'PUT' && gone-- > 0 ? { status: 404, body: '{}' } : undefined)
    const blob = randomBlob(100_000)
    assert.equal(await put(store, blob), 'sent')
    await assertThere(store, blob)
  })

  it('a source that fails leaves nothing half done behind', async (t) => {
    const { lab, store } = await embedded(t)
    const blob = randomBlob(200_000)
    const open = async () => {
      return (async function* () {
        yield blob.bytes.subarray(0, 100_000)
        throw new Error('the source is gone')
      })()
    }
    await assert.rejects(store.putBlob(blob.descriptor, open), /the source is gone/)
    assert.ok((await talk(lab)).includes('DELETE session 204'))
    assert.equal(await store.hasBlob(blob.descriptor), false)
  })

  for (const [name, length, found] of [
    ['too few', 99_999, 'only'],
    ['too many', 100_001, 'more than'],
  ] as const)
    it(`a source with ${name} bytes: SIZE_MISMATCH`, async (t) => {
      const { store } = await embedded(t)
      const { descriptor } = randomBlob(100_000)
      const open = async () =>
        (async function* () {
          yield randomBytes(length)
        })()
      await assert.rejects(store.putBlob(descriptor, open), {
        code: 'SIZE_MISMATCH',
        message: new RegExp(found),
      })
    })

  it('an abort ends it with its reason, and cancels the session', async (t) => {
    const { lab, store } = await embedded(t)
    const blob = randomBlob(5 * MiB)
    const controller = new AbortController()
    const onBytes = (done: number) => void (done > MiB && controller.abort(new Error('enough')))
    await assert.rejects(put(store, blob, { onBytes, signal: controller.signal }), /enough/)
    assert.ok((await talk(lab)).includes('DELETE session 204'))
  })
})

describe('test/flow/blob-upload: registries that take only so much', () => {
  it('413: goes up in pieces, and the next one at once', async (t) => {
    const { lab, store } = await embedded(t)
    let refusals = 1
    lab.fault = ({ method }) => (method === 'PUT' && refusals-- > 0 ? { status: 413, body: '{}' } : undefined)
    const blobs = [randomBlob(17 * MiB), randomBlob(17 * MiB)]
    for (const blob of blobs) assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    const pieces = ['POST begin 202', 'PATCH session 202', 'PATCH session 202', 'PUT session 201']
    const words = await talk(lab)
    assert.deepEqual(words.slice(-8), [...pieces, ...pieces])
    for (const blob of blobs) await assertThere(store, blob)
  })

  it('acr: a PUT that is reset above a size goes on by PATCH', async (t) => {
    const lab = await embeddedRegistry(t, { profile: { name: 'acr', bodyLimit: 5_000_000 } })
    const store = repositoryAt(t, lab, 'app')
    const blob = randomBlob(8 * MiB)
    assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    assert.ok((await talk(lab)).includes('PATCH session 202'))
    await assertThere(store, blob)
  })

  it('ghcr: a broken PUT is not gone on with, because pieces overwrite each other', async (t) => {
    const lab = await embeddedRegistry(t, { profile: 'ghcr' })
    const line = await brokenLine(t, lab)
    line.cuts = [{ direction: 'up', after: 5 * MiB }]
    const blob = randomBlob(8 * MiB)
    assert.equal(await put(repositoryAt(t, line, 'app'), blob, { expectAbsent: true }), 'sent')
    const words = await talk(lab)
    assert.equal(words.filter((word) => word.startsWith('PATCH')).length, 1)
    assert.equal(words.at(-1), 'PUT session 201')
    await assertThere(repositoryAt(t, lab, 'app'), blob)
  })

  it('a body that breaks each time goes up in pieces', async (t) => {
    const { lab, store } = await embedded(t)
    let breaks = 2
    lab.fault = ({ method }) =>
      method === 'PUT' && breaks-- > 0 ? { status: 503, truncateAt: 0 } : undefined
    const blob = randomBlob(5 * MiB)
    assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    assert.deepEqual((await talk(lab)).slice(-4), [
      'POST begin 202',
      'PATCH session 202',
      'PATCH session 202',
      'PUT session 201',
    ])
  })

  /** A registry that cannot: every answer is the test's. */
  async function scripted(
    t: TestContext,
    answer: (request: SeenRequest, response: ServerResponse, had: number) => void,
  ) {
    let had = 0
    const server = await scriptedServer(t, (request, response) => {
      if (request.method === 'POST') {
        had = 0
        response.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end()
        return
      }
      had += request.body.length
      answer(request, response, had)
    })
    return { server, store: labClient(t).repository(parseRepository(`${server.address}/app`)) }
  }

  it('pieces that overwrite each other are noticed at once, and the whole is sent instead', async (t) => {
    const blob = blobOf(Buffer.alloc(5 * MiB, 'a'), 'text/plain')
    let breaks = 2
    const { server, store } = await scripted(t, (request, response) => {
      const { length } = request.body
      if (request.method === 'PUT' && breaks-- > 0) return response.destroy()
      if (request.method === 'PUT') return response.writeHead(length === 5 * MiB ? 201 : 400).end()
      if (request.method === 'PATCH') return response.writeHead(202, { range: `0-${length - 1}` }).end()
      response.writeHead(404).end('{}')
    })
    assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    const { method, body } = server.seen.at(-1)!
    assert.deepEqual([method, body.length], ['PUT', 5 * MiB])
    assert.equal(server.seen.filter((one) => one.method === 'PATCH').length, 2)
  })

  it('ECR answers 201 to a piece, and a fresh address is used', async (t) => {
    const blob = blobOf(Buffer.alloc(17 * MiB, 'b'), 'text/plain')
    let step = 1
    const { server, store } = await scripted(t, (request, response, had) => {
      if (request.method === 'PUT') return response.writeHead(request.body.length > 0 ? 413 : 201).end()
      if (request.method === 'DELETE') return response.writeHead(204).end()
      step++
      response.writeHead(201, { range: `0-${had - 1}`, location: `/v2/app/blobs/uploads/${step}` }).end()
    })
    assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    const tail = server.seen
      .slice(-3)
      .map(({ method, path, headers }) => [method, path, headers['content-range']])
    assert.deepEqual(tail, [
      ['PATCH', '/v2/app/blobs/uploads/1', `0-${16 * MiB - 1}`],
      ['PATCH', '/v2/app/blobs/uploads/2', `${16 * MiB}-${17 * MiB - 1}`],
      ['PUT', `/v2/app/blobs/uploads/3?digest=${encodeURIComponent(blob.descriptor.digest)}`, undefined],
    ])
  })

  it('a registry that says it has more than was sent is not believed', async (t) => {
    const blob = blobOf(Buffer.alloc(5 * MiB, 'c'), 'text/plain')
    let breaks = 1
    const { store, server } = await scripted(t, (request, response) => {
      if (request.method === 'PUT' && breaks-- > 0) return response.destroy()
      if (request.method === 'GET') return response.writeHead(204, { range: '0-999999999' }).end()
      if (request.method === 'HEAD') return response.writeHead(404).end()
      response.writeHead(request.method === 'PUT' && request.body.length === 5 * MiB ? 201 : 204).end()
    })
    assert.equal(await put(store, blob, { expectAbsent: true }), 'sent')
    assert.deepEqual(
      server.seen.map(({ method }) => method),
      ['POST', 'PUT', 'GET', 'DELETE', 'POST', 'HEAD', 'PUT'],
    )
  })

  it('a registry that takes no more bytes, or never answers, is given up', async (t) => {
    const answer = (status: string) =>
      `HTTP/1.1 ${status}\r\nlocation: /v2/app/blobs/uploads/1\r\ncontent-length: 0\r\n\r\n`
    for (const [name, reads] of [
      ['bytes', false],
      ['commit', true],
    ] as const) {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.on('data', (chunk) => {
          const head = chunk.toString('latin1', 0, 6)
          if (head.startsWith('POST')) socket.write(answer('202 Accepted'))
          else if (head === 'DELETE') socket.write(answer('204 No Content'))
          else if (!reads) socket.pause()
        })
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      t.after(() => server.close())
      const retry = { attempts: 1, firstWait: 5, longestWait: 10 }
      const { port } = server.address() as AddressInfo
      const store = labClient(t, { retry }).repository(parseRepository(`127.0.0.1:${port}/app`))
      const patience = { bytes: 10_000, commit: 10_000, [name]: 200 }
      const options = { expectAbsent: true, patience }
      await assert.rejects(put(store, randomBlob(20 * MiB), options), {
        code: 'REGISTRY_UNREACHABLE',
        message: /no progress for 0.2 seconds/,
      })
    }
  })
})
