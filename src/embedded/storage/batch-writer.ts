import type { FileHandle } from 'node:fs/promises'

/** Written at once (bytes): each call costs the same, whatever it carries. */
const BATCH = 1024 * 1024

/** Appends chunks to a file, many in one call, while the caller goes on with the next ones. */
export class BatchWriter {
  readonly #file: FileHandle
  #position: number
  #waiting: Uint8Array[] = []
  #size = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(file: FileHandle, position: number) {
    this.#file = file
    this.#position = position
  }

  /** Takes a chunk, which must stay as it is. Settles when there is room for the next. @throws what writing threw */
  add(chunk: Uint8Array): Promise<void> | undefined {
    this.#waiting.push(chunk)
    this.#size += chunk.length
    return this.#size < BATCH ? undefined : this.#flush()
  }

  /** Writes what is left. @throws what writing threw */
  async end(): Promise<void> {
    await this.#flush()
    await this.#writing
  }

  /** One batch is on its way while the next one fills. */
  async #flush(): Promise<void> {
    await this.#writing
    const batch = this.#waiting
    this.#waiting = []
    this.#size = 0
    if (batch.length === 0) return
    this.#writing = this.#write(batch)
    this.#writing.catch(() => {})
  }

  async #write(batch: readonly Uint8Array[]): Promise<void> {
    const size = batch.reduce((sum, { length }) => sum + length, 0)
    const { bytesWritten } = await this.#file.writev(batch, this.#position)
    this.#position += bytesWritten
    if (bytesWritten === size) return
    // The kernel may take fewer: the rest goes alone.
    let rest = Buffer.concat(batch).subarray(bytesWritten)
    while (rest.length > 0) {
      const written = await this.#file.write(rest, 0, rest.length, this.#position)
      this.#position += written.bytesWritten
      rest = rest.subarray(written.bytesWritten)
    }
  }
}
