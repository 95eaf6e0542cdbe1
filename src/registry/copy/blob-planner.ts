import { fail } from '../../base/index.ts'
import { isForeignLayer, ociErrors, sameRepository } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import type { Lanes } from './lanes.ts'
import type { BlobPlan } from './plan.ts'
import type { Side } from './side.ts'

/** Finds out for each blob, once, where it is and how it gets to the destination. */
export class BlobPlanner {
  readonly blobs = new Map<Digest, BlobPlan>()
  readonly #source: Side
  readonly #destination: Side
  readonly #lanes: Lanes
  readonly #asked = new Map<Digest, { readonly size: number; readonly done: Promise<void> }>()
  readonly #sameStore: boolean
  readonly #mountable: boolean

  constructor(source: Side, destination: Side, lanes: Lanes) {
    this.#source = source
    this.#destination = destination
    this.#lanes = lanes
    const [from, to] = [source.store.repository, destination.store.repository]
    this.#sameStore = isSameStore(source, destination)
    this.#mountable = !this.#sameStore && from !== undefined && from.registry === to?.registry
  }

  /** @param ask false: nothing is expected to be there, so a mount needs no question before it */
  plan(descriptor: Descriptor, ask: boolean): Promise<void> {
    const { digest, size } = descriptor
    const known = this.#asked.get(digest)
    if (known && known.size !== size) return Promise.reject(this.#disagree(descriptor, known.size))
    if (known) return known.done
    const done = this.#lanes
      .run(() => this.#stateOf(descriptor, ask))
      .then((state) => void this.blobs.set(digest, { descriptor, state }))
    this.#asked.set(digest, { size, done })
    return done
  }

  async #stateOf(descriptor: Descriptor, ask: boolean): Promise<BlobPlan['state']> {
    if (this.#sameStore) return 'present'
    const foreign = isForeignLayer(descriptor.mediaType)
    if (this.#mountable && !ask && !foreign) return 'mount'
    if (await this.#destination.run((store) => store.hasBlob(descriptor))) return 'present'
    if (foreign && !(await this.#source.run((store) => store.hasBlob(descriptor)))) return 'skip'
    return this.#mountable ? 'mount' : 'send'
  }

  #disagree({ digest, size }: Descriptor, other: number) {
    return fail(ociErrors.SIZE_MISMATCH, {
      message: `Two manifests in ${this.#source.store.location} disagree on the size of ${digest}: ${other} and ${size} bytes.`,
      where: this.#source.store.location,
    })
  }
}

/** True when both sides are one repository (or one layout): then only tags can differ. */
export function isSameStore(source: Side, destination: Side): boolean {
  const [from, to] = [source.store.repository, destination.store.repository]
  return from && to ? sameRepository(from, to) : source.store.location === destination.store.location
}
