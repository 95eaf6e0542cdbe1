interface Waiting {
  readonly weight: number
  readonly start: () => void
}

/** At most `width` pieces of work at once; of those that wait the heaviest goes first. */
export class Lanes {
  #free: number
  /** Lightest first: the next one is at the end. */
  readonly #waiting: Waiting[] = []

  constructor(width: number) {
    this.#free = width
  }

  async run<T>(work: () => Promise<T>, weight = 0): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((start) => this.#wait({ weight, start }))
    try {
      return await work()
    } finally {
      const next = this.#waiting.pop()
      if (next) next.start()
      else this.#free++
    }
  }

  /** Equal weights keep their order. */
  #wait(waiting: Waiting): void {
    let [low, high] = [0, this.#waiting.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#waiting[middle]?.weight ?? 0) < waiting.weight) low = middle + 1
      else high = middle
    }
    this.#waiting.splice(low, 0, waiting)
  }
}
