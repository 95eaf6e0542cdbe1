import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { describe, it } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isFailure, WaybillError } from '../../base/index.ts'
import { bodyOf, dump } from './answer.ts'
import { Connections } from './connections.ts'
import type { Exchange } from './exchange.ts'
import { isStale } from './stale.ts'
import { rejection } from '../../../test/support/rejection.ts'

type Talk = (socket: Socket, request: string, requests: number) => void

/** A server that says what the test says, byte for byte, once a request's head has come. */
async function rawServer(t: TestContext, talk: Talk): Promise<{ url: URL; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    let requests = 0
    let head = ''
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const request = head
      head = ''
      talk(socket, request, ++requests)
    })
  })
  return { url: await listening(t, server, () => sockets), sockets }
}

async function listening(t: TestContext, server: Server, sockets: () => Socket[]): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets()) socket.destroy()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/app/blobs/x`)
}

function connections(t: TestContext, proxies: Record<string, string> = {}): Connections {
  const made = new Connections({ proxies, trusted: new Set() })
  t.after(() => made.close())
  return made
}

const plain = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'

for (const bulk of [false, true]) {
  const name = bulk ? 'the pump' : "Node's client"
  const get = (url: URL, more: Partial<Exchange> = {}): Exchange => ({
    method: 'GET',
    url,
    headers: {},
    bulk,
    ...more,
  })
  const send = (lines: Connections, given: Exchange, onEnd = () => {}) =>
    lines.exchange(given, given.url, onEnd)
  const text = async (lines: Connections, given: Exchange) =>
    String(await bodyOf(await send(lines, given), 1_000_000))

  describe(`src/registry/http: exchanges over ${name}`, () => {
    const answers: readonly (readonly [string, string, string])[] = [
      ['a length', plain, 'hello'],
      [
        'chunks',
        'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2;x\r\nlo\r\n0\r\nT: 1\r\n\r\n',
        'hello',
      ],
      ['an answer before the answer', `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${plain}`, 'hello'],
      ['nothing', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
      ['no reason', 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok', 'ok'],
    ]
    for (const [what, answer, expected] of answers)
      it(`${what}, byte by byte or at once, twice over one connection`, async (t) => {
        const { url, sockets } = await rawServer(t, (socket, _, requests) => {
          if (requests > 1) return void socket.write(answer)
          socket.setNoDelay(true)
          for (const byte of Buffer.from(answer)) socket.write(Buffer.of(byte))
        })
        const lines = connections(t)
        assert.equal(await text(lines, get(url)), expected)
        assert.equal(await text(lines, get(url)), expected)
        assert.equal(sockets.length, 1)
      })

    it('a body that ends with the connection', async (t) => {
      const { url } = await rawServer(t, (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'))
      assert.equal(await text(connections(t), get(url)), 'hello')
    })

    it('HEAD has no body, whatever its length says', async (t) => {
      const { url, sockets } = await rawServer(t, (socket) =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nA: 1\r\na: 2\r\n\r\n'),
      )
      const lines = connections(t)
      for (let twice = 0; twice < 2; twice++) {
        const answer = await send(lines, get(url, { method: 'HEAD' }))
        assert.deepEqual([answer.header('content-length'), answer.headers('a')], ['5', ['1', '2']])
        await dump(answer)
      }
      assert.equal(sockets.length, 1)
    })

    it('asks for no coding and sends exactly what it was given', async (t) => {
      let seen = ''
      const { url } = await rawServer(t, (socket, request) => {
        seen += request
        socket.write(plain)
      })
      await text(connections(t), get(url, { headers: { accept: 'a/b' } }))
      assert.match(seen, /^GET \/v2\/app\/blobs\/x HTTP\/1\.1\r\n/)
      assert.match(seen, /^accept: a\/b\r$/im)
      assert.doesNotMatch(seen, /accept-encoding/i)
    })

    it('an answer that comes while the body is still being sent is the answer', async (t) => {
      const { url } = await rawServer(t, (socket) => {
        socket.pause()
        socket.end('HTTP/1.1 413 Too Large\r\ncontent-length: 4\r\n\r\nmuch', () => socket.resetAndDestroy())
      })
      let closed = false
      const body = async function* () {
        try {
          for (let sent = 0; sent < 1000; sent++) yield Buffer.alloc(100_000)
        } finally {
          closed = true
        }
      }
      let ends = 0
      const headers = { 'content-length': '100000000' }
      const answer = await send(connections(t), get(url, { method: 'PUT', headers, body }), () => ends++)
      assert.equal(answer.status, 413)
      assert.equal(String(await bodyOf(answer, 100)), 'much')
      for (let waits = 0; !(closed && ends > 0) && waits < 400; waits++) await sleep(5)
      assert.ok(closed && ends > 0)
    })

    for (const [what, length] of [
      ['short', 11],
      ['long', 9],
    ] as const)
      it(`a body that is too ${what} for its length is not sent as if it were right`, async (t) => {
        const { url } = await rawServer(t, () => {})
        const body = async function* () {
          yield Buffer.from('12345')
          yield Buffer.from('67890')
        }
        const headers = { 'content-length': String(length) }
        const error = await rejection(send(connections(t), get(url, { method: 'PUT', headers, body })))
        assert.deepEqual([error.code, error.retryable], ['REGISTRY_UNREACHABLE', false])
        assert.match(error.message, /10 bytes/)
      })

    it('what the body throws is what is thrown', async (t) => {
      const { url } = await rawServer(t, () => {})
      const own = new WaybillError(
        { code: 'DIGEST_MISMATCH', exit: 1, about: '', next: '' },
        { message: 'x', where: 'y' },
      )
      const body = async function* () {
        yield Buffer.from('1')
        throw own
      }
      const headers = { 'content-length': '2' }
      assert.equal(await rejection(send(connections(t), get(url, { method: 'PUT', headers, body }))), own)
    })

    it('a kept connection that the server closes under the next request is told apart', async (t) => {
      const { url, sockets } = await rawServer(t, (socket, _, requests) => {
        if (requests === 1) socket.write(plain)
        else socket.resetAndDestroy()
      })
      const lines = connections(t)
      await text(lines, get(url))
      const error = await rejection(send(lines, get(url)))
      assert.ok(isStale(error))
      assert.equal(await text(lines, get(url)), 'hello')
      assert.equal(sockets.length, 2)
    })

    it('a new connection that breaks is a fault like any other', async (t) => {
      const { url } = await rawServer(t, (socket) => socket.destroy())
      const error = await rejection(send(connections(t), get(url)))
      assert.deepEqual([isStale(error), error.code, error.retryable], [false, 'REGISTRY_UNREACHABLE', true])
    })

    it('silence instead of an answer, and in the middle of one, is given up on', async (t) => {
      const { url } = await rawServer(t, (socket, request) => {
        if (request.includes('/half')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel')
      })
      const lines = connections(t)
      let ends = 0
      const none = await rejection(send(lines, get(url, { patience: 40 }), () => ends++))
      assert.match(none.message, /silent/)
      assert.ok(ends > 0)
      const answer = await send(lines, get(new URL('/half', url), { patience: 40 }))
      assert.match((await rejection(bodyOf(answer, 100))).message, /silent/)
    })

    it('so is an answer that comes a byte now and then', async (t) => {
      const { url } = await rawServer(t, (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
        const drip = setInterval(() => socket.write('x'), 20)
        socket.once('close', () => clearInterval(drip))
      })
      const answer = await send(connections(t), get(url, { patience: 200 }))
      assert.match((await rejection(bodyOf(answer, 100))).message, /silent/)
    })

    it('a reader may take its time', async (t) => {
      const { url } = await rawServer(t, (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel')
        setTimeout(() => socket.write('lo'), 30)
      })
      const answer = await send(connections(t), get(url, { patience: 100 }))
      let read = ''
      for await (const chunk of answer.body) {
        read += Buffer.from(chunk).toString()
        await sleep(150)
      }
      assert.equal(read, 'hello')
    })

    it('a signal ends it before, during and after the head', async (t) => {
      const { url } = await rawServer(t, (socket, request) => {
        if (request.includes('/half')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel')
      })
      const lines = connections(t)
      const reason = new Error('enough')
      await assert.rejects(send(lines, get(url, { signal: AbortSignal.abort(reason) })), reason)
      const controller = new AbortController()
      const asked = send(lines, get(url, { signal: controller.signal }))
      setTimeout(() => controller.abort(reason), 20)
      await assert.rejects(asked, reason)
      const later = new AbortController()
      const answer = await send(lines, get(new URL('/half', url), { signal: later.signal }))
      setTimeout(() => later.abort(reason), 20)
      await assert.rejects(Array.fromAsync(answer.body), reason)
    })

    it('an answer that is cut off is a broken connection', async (t) => {
      const { url } = await rawServer(t, (socket) =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel'),
      )
      const answer = await send(connections(t), get(url))
      assert.equal((await rejection(bodyOf(answer, 100))).code, 'REGISTRY_UNREACHABLE')
    })

    it('what is not HTTP is REGISTRY_ANSWER_INVALID', async (t) => {
      const { url } = await rawServer(t, (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n'))
      assert.equal((await rejection(send(connections(t), get(url)))).code, 'REGISTRY_ANSWER_INVALID')
    })

    it('a header cannot bring another header with it', async (t) => {
      const { url, sockets } = await rawServer(t, () => {})
      const error = await rejection(send(connections(t), get(url, { headers: { a: '1\r\nb: 2' } })))
      assert.deepEqual([error.code, error.retryable], ['REGISTRY_UNREACHABLE', false])
      assert.equal(sockets.length, 0)
    })

    it('a registry sends nobody to where it is not itself', async (t) => {
      const { url, sockets } = await rawServer(t, (socket) => socket.write(plain))
      const lines = connections(t)
      const named = new URL(url)
      named.hostname = 'localhost'
      for (const registry of ['http://8.8.8.8/', 'http://10.0.0.1/', 'https://169.254.1.1/'])
        for (const target of [url, named]) {
          const error = await rejection(lines.exchange(get(target), new URL(registry), () => {}))
          assert.ok(isFailure(error) && error.code === 'REGISTRY_ANSWER_INVALID', error.message)
        }
      assert.equal(sockets.length, 0)
      const neighbour = await lines.exchange(get(url), new URL('http://127.0.0.1:1/'), () => {})
      assert.equal(String(await bodyOf(neighbour, 10)), 'hello')
    })

    it('with a proxy the proxy is asked, with the whole address', async (t) => {
      const asked: (string | undefined)[] = []
      const proxy = createHttpServer((request, response) => {
        asked.push(request.url)
        response.end('through')
      })
      t.after(() => proxy.closeAllConnections())
      const { host } = await listening(t, proxy, () => [])
      const lines = connections(t, { HTTP_PROXY: `http://${host}`, NO_PROXY: 'b.example' })
      const address = 'http://r.example:5000/v2/'
      assert.equal(await text(lines, get(new URL(address))), 'through')
      assert.deepEqual(asked, [address])
    })
  })
}

describe('src/registry/http: lent chunks', () => {
  it('every byte is right while it is lent, however slowly it is read; memory does not grow with the body', async (t) => {
    const bytes = randomBytes(8 * 1024 * 1024)
    const { url } = await rawServer(t, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`)
      socket.write(bytes)
    })
    const given: Exchange = { method: 'GET', url, headers: {}, bulk: true }
    const lines = connections(t)
    const slabs = new Set<ArrayBufferLike>()
    for (let round = 0; round < 2; round++) {
      const hash = createHash('sha256')
      let chunks = 0
      for await (const chunk of (await lines.exchange(given, url, () => {})).body) {
        slabs.add(chunk.buffer)
        if (chunks++ % 5 === round) await sleep(1)
        hash.update(chunk)
      }
      assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'))
    }
    assert.ok(slabs.size <= 3, String(slabs.size))
  })

  it('bytes after the answer end the connection: the next request gets its own', async (t) => {
    const { url, sockets } = await rawServer(t, (socket) => socket.write(`${plain}HTTP/1.1 200 OK\r\n`))
    const lines = connections(t)
    for (let twice = 0; twice < 2; twice++) {
      const answer = await lines.exchange({ method: 'GET', url, headers: {}, bulk: true }, url, () => {})
      assert.equal(String(await bodyOf(answer, 10)), 'hello')
    }
    assert.equal(sockets.length, 2)
  })
})
