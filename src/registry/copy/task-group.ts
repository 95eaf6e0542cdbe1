/** Work that starts more work. The first failure is told at once, so that the rest can be stopped; then all is waited for. */
export class TaskGroup {
  readonly #onFailure: (error: unknown) => void
  readonly #ended = Promise.withResolvers<void>()
  #pending = 0
  #failure: { readonly error: unknown } | undefined

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  run(work: () => Promise<void>): Promise<void> {
    this.#pending++
    const running = work()
    running.then(
      () => this.#finish(),
      (error: unknown) => this.#fail(error),
    )
    return running
  }

  /** Resolves when nothing runs any more. @throws the first failure */
  async done(): Promise<void> {
    await this.#ended.promise
    if (this.#failure) throw this.#failure.error
  }

  #fail(error: unknown): void {
    if (!this.#failure) {
      this.#failure = { error }
      this.#onFailure(error)
    }
    this.#finish()
  }

  #finish(): void {
    if (--this.#pending === 0) this.#ended.resolve()
  }
}
