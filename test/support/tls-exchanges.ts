import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { Connections } from '../../src/registry/http/connections.ts'

// A program of its own: Node reads NODE_EXTRA_CA_CERTS only when it starts. Arguments: the key, the certificate.
// Prints what came of each exchange as JSON.

const [key = '', cert = ''] = process.argv.slice(2)
const bytes = randomBytes(3 * 1024 * 1024)
const expected = createHash('sha256').update(bytes).digest('hex')
let resumed = 0

const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
  const hash = createHash('sha256')
  request.on('data', (chunk: Buffer) => hash.update(chunk))
  request.on('end', () => {
    // Each connection serves once, so that the next one has to shake hands again.
    response.setHeader('connection', 'close')
    if (request.method === 'GET') response.end(bytes)
    else response.end(hash.digest('hex'))
  })
})
server.on('secureConnection', (socket) => {
  if (socket.isSessionReused()) resumed++
})

const tunnels: string[] = []
const proxy = createHttpServer()
proxy.on('connect', (request, socket) => {
  tunnels.push(request.url ?? '')
  const onward = connect(portOf(server), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.pipe(onward).pipe(socket)
  })
  onward.on('error', () => socket.destroy())
  socket.on('error', () => onward.destroy())
})

function portOf(listening: Server): number {
  return (listening.address() as AddressInfo).port
}

async function outcomeOf(work: Promise<string>): Promise<string> {
  try {
    return (await work) === expected ? 'right' : 'wrong'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

async function digestGot(lines: Connections, url: URL, bulk: boolean): Promise<string> {
  const answer = await lines.exchange({ method: 'GET', url, headers: {}, bulk }, url, () => {})
  const hash = createHash('sha256')
  for await (const chunk of answer.body) hash.update(chunk)
  return hash.digest('hex')
}

async function digestSent(lines: Connections, url: URL, bulk: boolean): Promise<string> {
  const body = async function* () {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
  }
  const headers = { 'content-length': String(bytes.length) }
  const answer = await lines.exchange({ method: 'PUT', url, headers, body, bulk }, url, () => {})
  return Buffer.concat(await Array.fromAsync(answer.body)).toString()
}

await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
const own = new URL(`https://127.0.0.1:${portOf(server)}/`)
const named = new URL(`https://localhost:${own.port}/`)
const outcome: Record<string, unknown> = {}
for (const bulk of [false, true]) {
  const lines = new Connections({ proxies: {}, trusted: new Set() })
  const before = resumed
  const first = await outcomeOf(digestGot(lines, own, bulk))
  const second = await outcomeOf(digestGot(lines, own, bulk))
  const sent = await outcomeOf(digestSent(lines, own, bulk))
  const otherName = await outcomeOf(digestGot(lines, named, bulk))
  const through = new Connections({
    proxies: { HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` },
    trusted: new Set(),
  })
  const tunnelled = await outcomeOf(digestGot(through, new URL('https://registry.example/'), bulk))
  outcome[bulk ? 'pump' : 'node'] = { first, second, sent, otherName, tunnelled, resumed: resumed > before }
  lines.close()
  through.close()
}
console.log(JSON.stringify({ ...outcome, tunnels }))
server.closeAllConnections()
server.close()
proxy.closeAllConnections()
proxy.close()
