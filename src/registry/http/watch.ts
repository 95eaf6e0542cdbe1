/** Bytes that make up for a millisecond of waiting: what comes more slowly than this never ends. */
const SLOWEST = 1

/**
 * Calls `onSilence` when something that is waited for takes longer than `patience` milliseconds, also when it comes in
 * such small pieces that it would take for ever. 0 = never.
 */
export class Watch {
  readonly #patience: number
  readonly #onSilence: () => void
  #left: number
  #since = 0
  #timer: NodeJS.Timeout | undefined

  constructor(patience: number, onSilence: () => void) {
    this.#patience = patience
    this.#left = patience
    this.#onSilence = onSilence
  }

  /** From now on something is waited for. */
  start(): void {
    clearTimeout(this.#timer)
    if (this.#patience === 0) return
    this.#since = performance.now()
    this.#timer = setTimeout(this.#onSilence, Math.max(0, this.#left))
  }

  /** So many bytes of it came, or it is we who take our time. */
  stop(bytes = 0): void {
    clearTimeout(this.#timer)
    if (this.#timer === undefined) return
    this.#timer = undefined
    const waited = performance.now() - this.#since
    this.#left = Math.min(this.#patience, this.#left - waited + bytes / SLOWEST)
  }
}
