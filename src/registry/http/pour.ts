import { wrongLength } from './exchange.ts'

/**
 * Writes a body chunk by chunk, each only when the one before is on its way: a lent chunk is never held.
 * Stops without an error once `over()`: an answer came early, nobody reads the rest.
 * @throws what the body throws; an error when it does not have `length` bytes
 */
export async function pour(
  body: AsyncIterable<Uint8Array>,
  length: number,
  write: (chunk: Uint8Array) => Promise<void>,
  over: () => boolean,
): Promise<void> {
  let sent = 0
  for await (const chunk of body) {
    if (over()) return
    if (chunk.length === 0) continue
    sent += chunk.length
    if (sent > length) throw wrongLength(sent, length)
    await write(chunk)
    if (over()) return
  }
  if (sent < length) throw wrongLength(sent, length)
}

/** The `content-length` a request declares. */
export function declaredLength(headers: Readonly<Record<string, string>>): number {
  return Number(headers['content-length'] ?? Number.NaN)
}
