import { fail } from '../../../base/index.ts'
import { ociErrors } from '../../../oci/index.ts'
import type { Descriptor } from '../../../oci/index.ts'
import type { BlobContent } from '../../store.ts'

export type OpenBlob = () => Promise<BlobContent>

interface Reading {
  readonly chunks: AsyncIterator<Uint8Array>
  /** What is left of the last chunk; only good until the next one is asked for. */
  rest: Uint8Array
  position: number
  /** Nobody is in the middle of it, so that another request body may go on from `position`. */
  idle: boolean
}

const NOTHING = new Uint8Array(0)

/** The bytes of one upload, for as many request bodies as it takes; opened when the first is wanted. */
export class UploadSource {
  /** Why the last body ended early, when the fault is this side's and not the registry's. */
  failure: unknown
  /** The highest byte that was ever given out. */
  sent = 0
  readonly #descriptor: Descriptor
  readonly #open: OpenBlob
  #content: BlobContent | undefined
  #reading: Reading | undefined
  /** A small blob that was read whole is not fetched again. */
  #whole: Buffer | undefined
  #body = 0

  constructor(descriptor: Descriptor, open: OpenBlob) {
    this.#descriptor = descriptor
    this.#open = open
  }

  /** Bytes `start` to before `end`. Goes on where the last body ended, or reads again from `start`. */
  async *bytes(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const body = ++this.#body
    this.failure = undefined
    if (this.#whole) {
      if (end > start) yield this.#whole.subarray(start, end)
      return
    }
    const reading = await this.#own(body, this.#at(start))
    reading.idle = false
    while (reading.position < end) {
      if (reading.rest.length === 0) reading.rest = await this.#own(body, this.#next(reading))
      const part = reading.rest.subarray(0, end - reading.position)
      reading.rest = reading.rest.subarray(part.length)
      reading.position += part.length
      this.sent = Math.max(this.sent, reading.position)
      yield part
    }
    if (end === this.#descriptor.size) await this.#own(body, this.#finish(reading))
    reading.idle = true
  }

  /** All of a small blob in memory. */
  async whole(): Promise<Buffer> {
    const { size } = this.#descriptor
    const bytes = Buffer.alloc(size)
    let filled = 0
    for await (const part of this.bytes(0, size)) {
      bytes.set(part, filled)
      filled += part.length
    }
    this.#whole = bytes
    return bytes
  }

  /** Lets go of whatever is being read. */
  close(): void {
    // Not awaited: a read that hangs would hang here, too.
    this.#reading?.chunks.return?.().catch(() => {})
    this.#reading = undefined
  }

  async #at(start: number): Promise<Reading> {
    const current = this.#reading
    if (current?.idle && current.position === start) return current
    this.close()
    const reading = await this.#begin(start)
    this.#reading = reading
    return reading
  }

  async #begin(start: number): Promise<Reading> {
    const content = this.#content ?? (await this.#open())
    const isAnew = this.#content === undefined
    if (content.from) this.#content = content
    if (start === 0 || content.from) {
      const chunks = isAnew && start === 0 ? content : content.from?.(start)
      return readingOf(chunks ?? content, start)
    }
    const reading = readingOf(content, 0)
    while (reading.position < start) {
      const chunk = await this.#next(reading)
      reading.rest = chunk.subarray(start - reading.position)
      reading.position += chunk.length - reading.rest.length
    }
    return reading
  }

  async #next(reading: Reading): Promise<Uint8Array> {
    const next = await reading.chunks.next()
    if (next.done !== true) return next.value
    throw this.#wrongSize(`only ${reading.position}`)
  }

  async #finish(reading: Reading): Promise<void> {
    let { rest } = reading
    while (rest.length === 0) {
      const next = await reading.chunks.next()
      if (next.done === true) return
      rest = next.value
    }
    throw this.#wrongSize(`more than ${reading.position}`)
  }

  async #own<T>(body: number, work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      // A body that another one has replaced was cut off: that is no failure.
      if (body === this.#body) this.failure = error
      throw error
    }
  }

  #wrongSize(found: string) {
    return fail(ociErrors.SIZE_MISMATCH, {
      message: `Found ${found} bytes to send, the descriptor says ${this.#descriptor.size}.`,
      where: this.#descriptor.digest,
    })
  }
}

function readingOf(content: AsyncIterable<Uint8Array>, position: number): Reading {
  return { chunks: content[Symbol.asyncIterator](), rest: NOTHING, position, idle: false }
}
