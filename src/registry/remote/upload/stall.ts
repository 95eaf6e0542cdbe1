/** How long an upload may make no progress (milliseconds). */
export interface UploadPatience {
  /** Without a byte being taken, while there are more. */
  readonly bytes: number
  /** Without an answer after the last byte: a registry may hash and move gigabytes then. */
  readonly commit: number
}

export const defaultPatience: UploadPatience = { bytes: 60_000, commit: 5 * 60_000 }

/** A longer chunk (bytes) has longer to go: a slow line moves it all the same. */
const CHUNK = 256 * 1024

/** Aborts a request whose body the registry no longer takes. Time the source takes does not count. */
export class Stall {
  readonly signal: AbortSignal
  /** Milliseconds that passed without progress, once it has fired. */
  fired: number | undefined
  readonly #patience: UploadPatience
  readonly #controller = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #over = false

  constructor(patience: UploadPatience, outer: AbortSignal | undefined) {
    this.#patience = patience
    this.signal = outer ? AbortSignal.any([outer, this.#controller.signal]) : this.#controller.signal
  }

  /** The same chunks, timed from when each is handed over until the next one is asked for. */
  async *watched(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    clearTimeout(this.#timer)
    for await (const chunk of chunks) {
      this.#start(this.#patience.bytes * Math.max(1, chunk.length / CHUNK))
      yield chunk
      clearTimeout(this.#timer)
    }
    this.#start(this.#patience.commit)
  }

  /** The request is over; a body that is still being read is no longer watched. */
  end(): void {
    this.#over = true
    clearTimeout(this.#timer)
  }

  #start(patience: number): void {
    if (this.#over) return
    this.#timer = setTimeout(() => {
      this.fired = patience
      this.#controller.abort()
    }, patience)
  }
}
