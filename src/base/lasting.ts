interface Kept<T> {
  readonly value: Promise<T | undefined>
  /** Monotonic milliseconds, both: Infinity while it is being fetched. */
  got: number
  until: number
}

/** What was fetched, and for how many milliseconds it may be used again. */
export interface Fetched<T> {
  readonly value: T | undefined
  readonly lasts: number
}

// What is refused although it is this young will be refused again.
const YOUNG = 10_000

/** Values that cost a program or a request: fetched once for all who ask at the same time, and kept while they last. */
export class Lasting<T> {
  readonly #kept = new Map<string, Kept<T>>()

  /** `renew`: the kept value was refused, so fetch another unless it is young. Failures are not kept. */
  async get(key: string, renew: boolean, fetch: () => Promise<Fetched<T>>): Promise<T | undefined> {
    const kept = this.#kept.get(key)
    const now = performance.now()
    const usable = kept && kept.until > now && (!renew || now - kept.got < YOUNG)
    return usable ? kept.value : this.#fetched(key, fetch)
  }

  #fetched(key: string, fetch: () => Promise<Fetched<T>>): Promise<T | undefined> {
    const work = fetch()
    const fresh: Kept<T> = { value: work.then(({ value }) => value), got: Infinity, until: Infinity }
    this.#kept.set(key, fresh)
    work.then(
      ({ lasts }) => {
        fresh.got = performance.now()
        fresh.until = fresh.got + lasts
      },
      () => this.#kept.delete(key),
    )
    return fresh.value
  }
}
