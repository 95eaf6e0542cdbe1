import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import { connectionFailed, PATIENCE, silence } from './exchange.ts'
import type { Answer, Exchange } from './exchange.ts'
import { declaredLength, pour } from './pour.ts'
import { markStale } from './stale.ts'
import { Watch } from './watch.ts'

// Presigned addresses and upload states make long headers.
const HEADER_BYTES = 64 * 1024

/**
 * One request over Node's own HTTP client. An answer that comes while the body is still being sent is the answer.
 * `onEnd` runs once, when the exchange is over: the body read or dropped, or the request failed.
 * @throws REGISTRY_UNREACHABLE, REGISTRY_ANSWER_INVALID, the signal's reason
 */
export async function ordinaryExchange(agent: Agent, given: Exchange, onEnd: () => void): Promise<Answer> {
  const { method, url, headers, signal } = given
  const http = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
  try {
    signal?.throwIfAborted()
    const request = http.request(url, { agent, method, headers, maxHeaderSize: HEADER_BYTES })
    return await carriedOut(request, given, onEnd)
  } catch (cause) {
    onEnd()
    signal?.throwIfAborted()
    throw connectionFailed(url, cause)
  }
}

async function carriedOut(request: ClientRequest, given: Exchange, onEnd: () => void): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { signal, patience = PATIENCE } = given
  const watch = new Watch(patience, () => request.destroy(silence()))
  const abort = () => request.destroy(reasonOf(signal))
  signal?.addEventListener('abort', abort, { once: true })
  watchForStale(request)
  request.once('response', resolve)
  request.on('error', reject)
  request.once('close', () => {
    watch.stop()
    signal?.removeEventListener('abort', abort)
    reject(new Error('the connection closed'))
    onEnd()
  })
  watch.start()
  void send(request, given, watch)
  const response = await promise
  watch.stop()
  response.on('error', () => {})
  const values = (name: string) => response.headersDistinct[name] ?? []
  return {
    status: response.statusCode ?? 0,
    url: given.url,
    body: bytesOf(request, response, given),
    header: (name) => values(name)[0],
    headers: values,
  }
}

async function send(request: ClientRequest, given: Exchange, watch: Watch): Promise<void> {
  const { body } = given
  if (typeof body !== 'function') return void request.end(body)
  let over = false
  let wake = () => {}
  const stop = () => {
    over = true
    wake()
  }
  request.once('response', stop).once('close', stop)
  const write = async (chunk: Uint8Array) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    wake = resolve
    watch.start()
    // A write that fails is told by the request; what the server said before is still read.
    request.write(chunk, () => resolve())
    await promise
    if (!over) watch.stop(chunk.length)
  }
  watch.stop()
  try {
    const complete = () => {
      if (!over) watch.start()
      request.end()
    }
    await pour(body(), declaredLength(given.headers), { write, complete, over: () => over })
  } catch (error) {
    if (!over) request.destroy(error as Error)
  }
}

async function* bytesOf(
  request: ClientRequest,
  response: IncomingMessage,
  { signal, patience }: Exchange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const watch = new Watch(patience || PATIENCE, () => response.destroy(silence()))
  watch.start()
  try {
    for await (const chunk of response) {
      watch.stop((chunk as Buffer).length)
      yield chunk as Buffer
      watch.start()
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    watch.stop()
    // The rest of a request that was answered early will not be sent: nothing else can use this connection.
    if (!request.writableFinished) request.destroy()
  }
}

/** A connection that was kept open is sometimes closed by the server just when it is used again. */
function watchForStale(request: ClientRequest): void {
  request.once('socket', (socket) => {
    const before = socket.bytesRead
    request.once('error', (error) => {
      if (request.reusedSocket && socket.bytesRead === before) markStale(error)
    })
  })
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('cancelled')
}
