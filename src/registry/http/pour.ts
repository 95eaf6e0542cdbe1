import { wrongLength } from './exchange.ts'

/** Where the bytes of a request go. */
export interface Spout {
  /** Resolves when the memory of the chunk is no longer needed. */
  write(chunk: Uint8Array): Promise<void>
  /** Every byte has been written. */
  complete(): void
  /** An answer came early, or the connection is gone: nobody reads the rest. */
  over(): boolean
}

/**
 * Writes a body of `length` bytes chunk by chunk, each only when the one before is on its way: a lent chunk is never
 * held. The body is read to its end unless it is over before. @throws what the body throws; an error when it is longer
 * or shorter
 */
export async function pour(body: AsyncIterable<Uint8Array>, length: number, spout: Spout): Promise<void> {
  let sent = 0
  if (length === 0) spout.complete()
  for await (const chunk of body) {
    if (sent < length && spout.over()) return
    if (chunk.length === 0) continue
    sent += chunk.length
    if (sent > length) throw wrongLength(sent, length)
    await spout.write(chunk)
    if (sent === length) spout.complete()
    else if (spout.over()) return
  }
  if (sent !== length && !spout.over()) throw wrongLength(sent, length)
}

/** The `content-length` a request declares; NaN when it does not. */
export function declaredLength(headers: Readonly<Record<string, string>>): number {
  return Number(headers['content-length'] ?? Number.NaN)
}
