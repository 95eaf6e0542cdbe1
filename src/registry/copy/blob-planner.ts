import { fail } from '../../base/index.ts'
import { isForeignLayer, ociErrors, sameRepository } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import type { Lanes } from './lanes.ts'
import type { BlobPlan } from './plan.ts'
import type { Side } from './side.ts'

/**
 * How many of the biggest blobs stand for all of them in a repository without tags. As many as are sent at once:
 * they go first, so when an earlier copy left anything behind, it left one of these.
 */
const SAMPLE = 8

/** Finds out for each blob, once, where it is and how it gets to the destination. */
export class BlobPlanner {
  readonly blobs = new Map<Digest, BlobPlan>()
  readonly #source: Side
  readonly #destination: Side
  readonly #lanes: Lanes
  readonly #asked = new Map<Digest, { readonly size: number; readonly done: Promise<void> }>()
  readonly #putOff: Descriptor[] = []
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

  /** @param ask false: nothing is expected to be there; a mount then needs no question, a blob to send can wait */
  plan(descriptor: Descriptor, ask: boolean): Promise<void> {
    const { digest, size } = descriptor
    const known = this.#asked.get(digest)
    if (known && known.size !== size) return Promise.reject(this.#disagree(descriptor, known.size))
    if (known) return known.done
    const putOff = !ask && !this.#mountable && !this.#sameStore && !isForeignLayer(descriptor.mediaType)
    if (putOff) this.#putOff.push(descriptor)
    const done = putOff ? Promise.resolve() : this.#decide(descriptor, ask)
    this.#asked.set(digest, { size, done })
    return done
  }

  /** After the walk: decides what was put off. In a repository that is new, most of it needs no question. */
  async settle(): Promise<void> {
    const bySize = this.#putOff.splice(0).toSorted((a, b) => b.size - a.size)
    const isNew = bySize.length > SAMPLE && (await this.#hasNoTags())
    const sample = isNew ? bySize.slice(0, SAMPLE) : bySize
    await Promise.all(sample.map((descriptor) => this.#decide(descriptor, true)))
    const isEmpty = sample.every(({ digest }) => this.blobs.get(digest)?.state === 'send')
    const rest = bySize.slice(sample.length)
    if (!isEmpty) await Promise.all(rest.map((descriptor) => this.#decide(descriptor, true)))
    else for (const descriptor of rest) this.blobs.set(descriptor.digest, { descriptor, state: 'send' })
  }

  async #hasNoTags(): Promise<boolean> {
    const tags = await this.#destination.store.tags().catch(() => undefined)
    return tags?.length === 0
  }

  async #decide(descriptor: Descriptor, ask: boolean): Promise<void> {
    const state = await this.#lanes.run(() => this.#stateOf(descriptor, ask))
    this.blobs.set(descriptor.digest, { descriptor, state })
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
