import { WaybillError } from '../../base/index.ts'
import { sameRepository } from '../../oci/index.ts'
import type { Repository } from '../../oci/index.ts'
import type { BlobContent, ImageStore } from '../store.ts'

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

  /** A blob of this side; what goes wrong while it is read says so too. */
  async content(open: (store: ImageStore) => Promise<BlobContent>): Promise<BlobContent> {
    const content = await this.run(open)
    const from = content.from?.bind(content)
    return {
      [Symbol.asyncIterator]: () => this.#stream(content),
      ...(from && { from: (offset: number) => this.#stream(from(offset)) }),
    }
  }

  async *#stream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
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

/** True when both sides are one repository (or one layout): then only tags can differ. */
export function isSameStore(source: Side, destination: Side): boolean {
  const [from, to] = [source.store.repository, destination.store.repository]
  return from && to ? sameRepository(from, to) : source.store.location === destination.store.location
}

/** Where the destination's registry can mount blobs from: the source, when it is another repository of that registry. */
export function mountSource(source: Side, destination: Side): Repository | undefined {
  const [from, to] = [source.store.repository, destination.store.repository]
  return from && from.registry === to?.registry && from.name !== to.name ? from : undefined
}
