import { open } from 'node:fs/promises'
import type { FileSlice } from './answer.ts'

/** Read from disk at once (bytes). An open download holds two of these. */
const BUFFER = 512 * 1024

/** A body's bytes. A chunk is only good until the one after the next is asked for: its memory is used again. */
export async function* bytesOf(body: Uint8Array | FileSlice): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    if (body.length > 0) yield body
    return
  }
  const size = Math.min(BUFFER, body.end - body.start)
  let [buffer, other] = [Buffer.allocUnsafeSlow(size), Buffer.alloc(0)]
  const file = await open(body.file)
  try {
    for (let at = body.start; at < body.end;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(size, body.end - at), at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
      if (other.length === 0 && at < body.end) other = Buffer.allocUnsafeSlow(size)
      ;[buffer, other] = [other, buffer]
    }
  } finally {
    await file.close()
  }
}
