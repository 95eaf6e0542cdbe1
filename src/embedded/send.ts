import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Answer, FileSlice } from './answer.ts'

/** Read from disk at once per open download (bytes). */
const BUFFER = 256 * 1024

/** How a test wants an answer spoilt on its way out. */
export interface Spoil {
  readonly truncateAt?: number
  readonly corrupt?: boolean
}

/** Writes an answer; a HEAD gets the headers alone. Gives the body bytes sent. Files are streamed, never held. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  spoil: Spoil,
  isHead: boolean,
): Promise<number> {
  if (spoil.truncateAt === 0) {
    response.destroy()
    return 0
  }
  response.writeHead(answer.status, {
    'docker-distribution-api-version': 'registry/2.0',
    ...answer.headers,
    ...lengthOf(answer),
  })
  if (isHead || answer.body === undefined) {
    response.end()
    return 0
  }
  let sent = 0
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      const out = spoilt(chunk, sent, spoil)
      sent += out.length
      yield out
      if (sent === spoil.truncateAt) return
    }
  }
  const { socket } = response
  await pipeline(counted(bytesOf(answer.body)), response)
  if (sent === spoil.truncateAt) socket?.destroySoon()
  return sent
}

function lengthOf(answer: Answer): Record<string, string> {
  if (answer.status === 204 || answer.status === 304) return {}
  const { body } = answer
  if (body === undefined) return { 'content-length': '0' }
  return { 'content-length': String(body instanceof Uint8Array ? body.length : body.end - body.start) }
}

function bytesOf(body: Uint8Array | FileSlice): AsyncIterable<Uint8Array> {
  if (body instanceof Uint8Array) return Readable.from([body])
  if (body.start === body.end) return Readable.from([])
  return createReadStream(body.file, { start: body.start, end: body.end - 1, highWaterMark: BUFFER })
}

function spoilt(chunk: Uint8Array, sent: number, spoil: Spoil): Uint8Array {
  const kept = spoil.truncateAt === undefined ? chunk : chunk.subarray(0, spoil.truncateAt - sent)
  if (!spoil.corrupt || sent > 0) return kept
  const changed = Uint8Array.from(kept)
  changed[0] = (changed[0] ?? 0) ^ 0xff
  return changed
}
