import type { Descriptor } from '../../oci/index.ts'
import { blobNeed } from './blob-need.ts'
import type { Carrier, CarryCounts, Piece } from './carrier.ts'
import { mountSource } from './side.ts'
import type { Side } from './side.ts'

/** Counts what a copy would move, and moves nothing: each blob is asked for at the destination. */
export class Survey implements Carrier {
  readonly counts: CarryCounts = { moved: [], manifests: 0, blobs: 0, bytes: 0, mounted: 0 }
  readonly #source: Side
  readonly #destination: Side

  constructor(source: Side, destination: Side) {
    this.#source = source
    this.#destination = destination
  }

  async blob(descriptor: Descriptor): Promise<void> {
    if ((await blobNeed(this.#source, this.#destination, descriptor, true)) !== 'move') return
    this.counts.moved.push(descriptor.digest)
    if (mountSource(this.#source, this.#destination)) {
      this.counts.mounted++
      return
    }
    this.counts.blobs++
    this.counts.bytes += descriptor.size
  }

  manifest({ present, stored }: Piece): Promise<void> {
    if (!present) {
      this.counts.manifests++
      this.counts.moved.push(stored.descriptor.digest)
    }
    return Promise.resolve()
  }
}
