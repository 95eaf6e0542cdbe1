import type { OnStep } from '../../base/index.ts'
import { isForeignLayer, sameRepository } from '../../oci/index.ts'
import type { Descriptor, Repository } from '../../oci/index.ts'
import { BULK_BYTES } from '../remote/bulk.ts'
import { RemoteRepository } from '../remote/repository.ts'
import { blobNeed } from './blob-need.ts'
import type { Carrier, CarryCounts, Piece } from './carrier.ts'
import type { Landed } from './landings.ts'
import { Lanes } from './lanes.ts'
import { moveLegacyTag } from './legacy-tag.ts'
import { mountSource } from './side.ts'
import type { Side } from './side.ts'

/** Few bulk blobs at once fill any line, and more would only fight for memory. */
const BULK_LANES = 8
const SMALL_LANES = 48
/** Below this sending costs no more than waiting for somebody else's copy and asking for a token to mount it. */
const SHARED_BYTES = 64 * 1024

interface MoverOptions {
  readonly onStep: OnStep
  readonly signal: AbortSignal
  /** A registry that says it has a blob already is not taken at its word. */
  readonly deep: boolean
}

/** Moves the pieces of a closure. What has landed stays when another piece fails, and is found by the next run. */
export class Mover implements Carrier {
  readonly counts: CarryCounts = { moved: [], manifests: 0, blobs: 0, bytes: 0, mounted: 0 }
  /** Referrers that were written, for the look afterwards. */
  readonly written: Piece[] = []
  readonly #source: Side
  readonly #destination: Side
  readonly #onStep: OnStep
  readonly #signal: AbortSignal
  readonly #deep: boolean
  readonly #mountFrom: Repository | undefined
  readonly #bulk = new Lanes(BULK_LANES)
  readonly #small = new Lanes(SMALL_LANES)

  constructor(source: Side, destination: Side, { onStep, signal, deep }: MoverOptions) {
    this.#source = source
    this.#destination = destination
    this.#onStep = onStep
    this.#signal = signal
    this.#deep = deep
    this.#mountFrom = mountSource(source, destination)
  }

  async blob(descriptor: Descriptor, ask: boolean): Promise<void> {
    const landed = await this.#landed(descriptor, ask)
    if (landed === 'skipped') return
    if (landed !== 'present') this.counts.moved.push(descriptor.digest)
    if (landed === 'mounted') this.counts.mounted++
    if (landed === 'sent') {
      this.counts.blobs++
      this.counts.bytes += descriptor.size
    }
    this.#tell(descriptor, landed === 'sent' ? 'done' : landed, descriptor.size)
  }

  async manifest(piece: Piece): Promise<void> {
    const { stored, tag, present, role } = piece
    if (!present) {
      this.#signal.throwIfAborted()
      await this.#destination.run((store) => store.putManifest(stored))
      if (tag !== undefined) await moveLegacyTag(this.#destination, tag, stored, this.#onStep)
      if (role === 'referrer') this.written.push(piece)
      this.counts.manifests++
      this.counts.moved.push(stored.descriptor.digest)
    }
    const state = present ? 'present' : 'done'
    this.#onStep({ kind: 'manifest', digest: stored.descriptor.digest, state })
  }

  async #landed(descriptor: Descriptor, ask: boolean): Promise<Landed | 'skipped'> {
    const need = await blobNeed(this.#source, this.#destination, descriptor, ask)
    if (need !== 'move') return need
    const lanes = descriptor.size < BULK_BYTES ? this.#small : this.#bulk
    // What was just asked for, or is foreign and so was asked for too, need not be asked for again.
    const asked = ask || isForeignLayer(descriptor.mediaType)
    return lanes.run(() => this.#surely(descriptor, asked), descriptor.size)
  }

  /** A mount that only seems to work leaves an image that nobody can pull. */
  async #surely(descriptor: Descriptor, expectAbsent: boolean): Promise<Landed> {
    const landed = await this.#shared(descriptor, expectAbsent)
    if (landed === 'sent' || !this.#deep) return landed
    if (await this.#destination.run((store) => store.hasBlob(descriptor))) return landed
    return this.#put(descriptor, { mountFrom: undefined, expectAbsent: true })
  }

  #shared(descriptor: Descriptor, expectAbsent: boolean): Promise<Landed> {
    const { store } = this.#destination
    const put = (mountFrom?: Repository) => this.#put(descriptor, { mountFrom, expectAbsent })
    if (this.#mountFrom) return put(this.#mountFrom)
    if (!(store instanceof RemoteRepository) || descriptor.size < SHARED_BYTES) return put()
    const [holder] = store.holders(descriptor.digest).filter((one) => !sameRepository(one, store.repository))
    return store.landings.land(descriptor.digest, store.repository, (leader) => put(leader ?? holder))
  }

  #put(
    descriptor: Descriptor,
    { mountFrom, expectAbsent }: { mountFrom: Repository | undefined; expectAbsent: boolean },
  ): Promise<Landed> {
    this.#signal.throwIfAborted()
    const open = () => this.#source.content((store) => store.blob(descriptor, { lent: true }))
    const onBytes = (done: number) => this.#tell(descriptor, 'moving', done)
    const options = { onBytes, expectAbsent, signal: this.#signal, ...(mountFrom && { mountFrom }) }
    return this.#destination.run((store) => store.putBlob(descriptor, open, options))
  }

  #tell({ digest, size }: Descriptor, state: 'moving' | 'done' | 'mounted' | 'present', done: number): void {
    this.#onStep({ kind: 'blob', digest, done, size, state })
  }
}
