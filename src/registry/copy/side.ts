import { WaybillError } from '../../base/index.ts'
import type { ImageStore } from '../store.ts'

/** One end of a copy. Errors that come from it say so. */
export class Side {
  readonly name: 'source' | 'destination'
  readonly store: ImageStore

  constructor(name: Side['name'], store: ImageStore) {
    this.name = name
    this.store = store
  }

  async run<T>(work: (store: ImageStore) => Promise<T>): Promise<T> {
    try {
      return await work(this.store)
    } catch (error) {
      throw this.#labelled(error)
    }
  }

  async *stream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunks
    } catch (error) {
      throw this.#labelled(error)
    }
  }

  #labelled(error: unknown): unknown {
    if (!(error instanceof WaybillError) || error.detail.side !== undefined) return error
    const { code, exit, retryable, next, where, detail } = error
    const label = this.name === 'source' ? 'Source' : 'Destination'
    return new WaybillError(
      { code, exit, retryable, about: '', next },
      {
        message: `${label} ${this.store.location}: ${error.message}`,
        where: where ?? this.store.location,
        detail: { ...detail, side: this.name },
        cause: error,
      },
    )
  }
}
