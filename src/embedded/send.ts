import type { ServerResponse } from 'node:http'
import { Cut } from './answer.ts'
import type { Answer } from './answer.ts'
import { bytesOf } from './body-bytes.ts'

/**
 * Writes an answer; a HEAD gets the headers alone. Gives the body bytes sent. Files are streamed, never held.
 * A Content-Length among the headers wins over the true one: the body then ends early, or the connection does.
 */
export async function send(response: ServerResponse, answer: Answer, isHead: boolean): Promise<number> {
  const headers = {
    'docker-distribution-api-version': 'registry/2.0',
    ...lengthOf(answer),
    ...answer.headers,
  }
  response.writeHead(answer.status, headers)
  if (isHead || answer.body === undefined) {
    response.end()
    return 0
  }
  const chunks = bytesOf(answer.body)
  const length = Number(headers['content-length'] ?? 0)
  const sent = await sendBody(response, answer.through?.(chunks) ?? chunks, length)
  if (sent === length) response.end()
  else cut(response)
  return sent
}

function lengthOf({ status, body }: Answer): { 'content-length'?: string } {
  if (status === 204 || status === 304) return {}
  if (body === undefined) return { 'content-length': '0' }
  return { 'content-length': String(body instanceof Uint8Array ? body.length : body.end - body.start) }
}

/** Sends at most `length` bytes; fewer when there are no more, or the connection is to be cut there. */
async function sendBody(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<number> {
  const gone = Promise.withResolvers<never>()
  response.once('close', () => gone.reject(new Error('the client is gone')))
  gone.promise.catch(() => {})
  let sent = 0
  // One chunk is on its way while the next one is read.
  let before: Promise<void> = Promise.resolve()
  try {
    for await (const chunk of chunks) {
      await Promise.race([before, gone.promise])
      const out = chunk.subarray(0, length - sent)
      sent += out.length
      before = written(response, out)
      if (sent === length) break
    }
  } catch (error) {
    if (!(error instanceof Cut)) throw error
  }
  await Promise.race([before, gone.promise])
  return sent
}

function written(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  response.write(chunk, (error) => (error ? reject(error) : resolve()))
  // Whoever waits for it hears of a failure; when nobody does any more, the connection has failed already.
  promise.catch(() => {})
  return promise
}

/** What was written still goes out. */
function cut(response: ServerResponse): void {
  response.flushHeaders()
  response.socket?.destroySoon()
}
