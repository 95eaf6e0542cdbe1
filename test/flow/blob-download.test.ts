import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { digestOf, parseRepository } from '../../src/oci/index.ts'
import { readBlob } from '../../src/registry/index.ts'
import type { ImageStore } from '../../src/registry/index.ts'
import { brokenLine } from '../support/cutting-proxy.ts'
import { blobOf } from '../support/images.ts'
import type { Blob } from '../support/images.ts'
import {
  dockerRegistry,
  embeddedRegistry,
  labClient,
  noDockerRegistry,
  repositoryAt,
  requestCount,
  scriptedServer,
} from '../support/registries.ts'
import type { SeenRequest } from '../support/registries.ts'

const MiB = 1024 * 1024

async function stored(store: ImageStore, size: number): Promise<Blob> {
  const blob = blobOf(randomBytes(size), 'application/octet-stream')
  const once = async function* () {
    yield blob.bytes
  }
  await store.putBlob(blob.descriptor, async () => once())
  return blob
}

/** A store on a server that answers as the test says. */
async function scripted(t: TestContext, answer: (request: SeenRequest, response: ServerResponse) => void) {
  const server = await scriptedServer(t, answer)
  return { server, store: labClient(t).repository(parseRepository(`${server.address}/app`)) }
}

describe('test/flow/blob-download: a line that breaks', () => {
  it(
    'docker-registry: 32 MiB over two breaks are resumed, not read again',
    { skip: noDockerRegistry },
    async (t) => {
      const lab = await dockerRegistry(t)
      const blob = await stored(repositoryAt(t, lab, 'app'), 32 * MiB)
      const line = await brokenLine(t, lab)
      line.cuts = [
        { direction: 'down', after: 8 * MiB },
        { direction: 'down', after: 10 * MiB },
      ]
      const bytes = await readBlob(repositoryAt(t, line, 'app'), blob.descriptor, 40 * MiB)
      assert.equal(digestOf(bytes), blob.descriptor.digest)
      assert.equal(line.cuts.length, 0)
      assert.ok(line.passed.down < 40 * MiB, `${line.passed.down} bytes came down`)
    },
  )

  it('can be read on from a byte that was read long ago, without reading all of it again', async (t) => {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'app')
    const blob = await stored(store, 24 * MiB)
    const content = await store.blob(blob.descriptor, { lent: true })
    let seen = 0
    for await (const chunk of content) if ((seen += chunk.length) > 20 * MiB) break
    const offset = 9 * MiB + 7
    const rest = content.from?.(offset)
    assert.ok(rest)
    const parts: Buffer[] = []
    for await (const chunk of rest) parts.push(Buffer.from(chunk))
    assert.ok(Buffer.concat(parts).equals(blob.bytes.subarray(offset)))
    await requestCount(lab)
    const ranged = lab.requests.filter(({ status }) => status === 206)
    assert.equal(ranged.length, 1)
    assert.ok((ranged[0]?.bytes ?? 0) <= 16 * MiB, 'it began again at a checkpoint, not at the first byte')
  })

  it('what is read on from a byte is still proven as a whole', async (t) => {
    const lab = await embeddedRegistry(t)
    const store = repositoryAt(t, lab, 'app')
    const blob = await stored(store, 20 * MiB)
    const content = await store.blob(blob.descriptor)
    let seen = 0
    for await (const chunk of content) if ((seen += chunk.length) > 10 * MiB) break
    lab.fault = () => ({ corrupt: true })
    const rest = content.from?.(10 * MiB)
    assert.ok(rest)
    await assert.rejects(Array.fromAsync(rest), { code: 'DIGEST_MISMATCH' })
  })

  it('a connection that goes silent is left for another one', async (t) => {
    const blob = blobOf(Buffer.alloc(300_000, 'abc'), 'text/plain')
    const { store, server } = await scripted(t, ({ headers }, response) => {
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
      const { length } = blob.bytes
      if (from === 0)
        return response.writeHead(200, { 'content-length': length }).write(blob.bytes.subarray(0, 100_000))
      response.writeHead(206, { 'content-range': `bytes ${from}-${length - 1}/${length}` })
      response.end(blob.bytes.subarray(from))
    })
    const options = { lent: true, patience: 100 }
    const content = await store.blob(blob.descriptor, options)
    assert.deepEqual(Buffer.concat(await Array.fromAsync(content, (chunk) => Buffer.from(chunk))), blob.bytes)
    assert.equal(server.seen.length, 2)
  })
})

describe('test/flow/blob-download: servers that answer ranges oddly', () => {
  const blob = blobOf(Buffer.alloc(300_000, 'abcdefg'), 'text/plain')
  const { length } = blob.bytes

  /** The first answer breaks after 100,000 bytes; what follows is the test's. */
  function afterBreak(t: TestContext, answer: (from: number, response: ServerResponse) => void) {
    let isFirst = true
    return scripted(t, ({ headers }, response) => {
      if (!isFirst) return answer(Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0), response)
      isFirst = false
      response.writeHead(200, { 'content-length': length })
      response.write(blob.bytes.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20))
    })
  }

  const refused: readonly (readonly [string, (from: number) => string])[] = [
    ['another beginning', (from) => `bytes ${from + 1}-${length - 1}/${length}`],
    ['another total', (from) => `bytes ${from}-${length - 1}/${length + 1}`],
    ['an end beyond the blob', (from) => `bytes ${from}-${length}/*`],
    ['an end before its beginning', (from) => `bytes ${from}-${from - 1}/*`],
    ['another unit', (from) => `lines ${from}-${length - 1}/${length}`],
    ['nothing readable', () => 'bytes'],
  ]
  for (const [name, range] of refused)
    it(`a range with ${name} is not taken`, async (t) => {
      const { store } = await afterBreak(t, (from, response) =>
        response.writeHead(206, { 'content-range': range(from) }).end(blob.bytes.subarray(from)),
      )
      await assert.rejects(readBlob(store, blob.descriptor, MiB), { code: 'REGISTRY_ANSWER_INVALID' })
    })

  it('416 is answered by reading the whole again', async (t) => {
    const { store, server } = await afterBreak(t, (from, response) =>
      from > 0 ? response.writeHead(416).end() : response.writeHead(200).end(blob.bytes),
    )
    assert.deepEqual(await readBlob(store, blob.descriptor, MiB), blob.bytes)
    assert.equal(server.seen.length, 3)
  })

  it('a range that is cut short is asked for again, while anything comes', async (t) => {
    const { store, server } = await afterBreak(t, (from, response) => {
      const end = Math.min(length, from + 90_000)
      const headers = { 'content-range': `bytes ${from}-${end - 1}/${length}`, 'content-length': end - from }
      response.writeHead(206, headers).end(blob.bytes.subarray(from, end))
    })
    assert.deepEqual(await readBlob(store, blob.descriptor, MiB), blob.bytes)
    assert.ok(server.seen.length <= 5)
  })

  it('a range of nothing is not asked for again for ever', async (t) => {
    const { store, server } = await afterBreak(t, (from, response) =>
      response.writeHead(206, { 'content-range': `bytes ${from}-${from}/${length}` }).end(),
    )
    await assert.rejects(readBlob(store, blob.descriptor, MiB), { code: 'REGISTRY_UNREACHABLE' })
    assert.ok(server.seen.length <= 5)
  })
})

describe('test/flow/blob-download: exact size', () => {
  const blob = blobOf(Buffer.alloc(100_000, 'xyz'), 'text/plain')

  it('a length that differs is refused before a byte is read', async (t) => {
    const { store } = await scripted(t, (_, response) => {
      response.writeHead(200, { 'content-length': 100_001 }).write('x')
    })
    await assert.rejects(store.blob(blob.descriptor), {
      code: 'SIZE_MISMATCH',
      message: /Found 100001 bytes/,
    })
  })

  it('a server that goes on for ever is cut off', async (t) => {
    let closed: Promise<void> | undefined
    const { store } = await scripted(t, (_, response) => {
      closed = new Promise((resolve) => response.on('close', () => resolve()))
      response.writeHead(200)
      const more = () => void (response.destroyed || response.write(blob.bytes, () => setImmediate(more)))
      more()
    })
    await assert.rejects(readBlob(store, { ...blob.descriptor, size: 150_000 }, MiB), {
      code: 'SIZE_MISMATCH',
    })
    await closed
  })

  it('bytes after the right ones are no good either', async (t) => {
    const { store } = await scripted(t, (_, response) => {
      response.writeHead(200)
      response.write(blob.bytes, () => setTimeout(() => response.end('more'), 20))
    })
    await assert.rejects(readBlob(store, blob.descriptor, MiB), { code: 'SIZE_MISMATCH' })
  })

  it('an empty blob is an empty blob', async (t) => {
    const store = repositoryAt(t, await embeddedRegistry(t), 'app')
    const empty = blobOf(Buffer.alloc(0), 'text/plain')
    assert.equal(await store.putBlob(empty.descriptor, async () => Readable.from([])), 'sent')
    assert.deepEqual(await readBlob(store, empty.descriptor, 10), empty.bytes)
  })
})
