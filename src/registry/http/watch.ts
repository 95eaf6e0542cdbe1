/** Calls `onSilence` when something that is waited for takes longer than `patience` milliseconds. 0 = never. */
export class Watch {
  readonly #patience: number
  readonly #onSilence: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(patience: number, onSilence: () => void) {
    this.#patience = patience
    this.#onSilence = onSilence
  }

  /** From now on something is waited for. */
  start(): void {
    clearTimeout(this.#timer)
    if (this.#patience > 0) this.#timer = setTimeout(this.#onSilence, this.#patience)
  }

  /** It came, or it is we who take our time. */
  stop(): void {
    clearTimeout(this.#timer)
  }
}
