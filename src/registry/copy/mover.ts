import type { OnStep } from '../../base/index.ts'
import type { Digest, Repository } from '../../oci/index.ts'
import { Lanes } from './lanes.ts'
import { moveLegacyTag } from './legacy-tag.ts'
import type { BlobPlan, CopyPlan, ManifestPlan } from './plan.ts'
import type { Side } from './side.ts'

/** What moved. */
export interface MoveCounts {
  manifests: number
  blobs: number
  bytes: number
  mounted: number
}

export interface MoveOptions {
  readonly onStep: OnStep
  /** Aborted on the first failure. */
  readonly stop: AbortController
  /** Aborted by `stop` or by the caller. */
  readonly signal: AbortSignal
}

const BLOB_LANES = 8
const MANIFEST_LANES = 16

/**
 * Carries out a plan: blobs biggest first, each manifest as soon as everything under it has landed, referrers
 * after their subject. The first failure stops the rest; what has landed stays and is found by the next run.
 */
export class Mover {
  readonly counts: MoveCounts = { manifests: 0, blobs: 0, bytes: 0, mounted: 0 }
  readonly #source: Side
  readonly #destination: Side
  readonly #plan: CopyPlan
  readonly #onStep: OnStep
  readonly #stop: AbortController
  readonly #signal: AbortSignal
  readonly #blobLanes = new Lanes(BLOB_LANES)
  readonly #manifestLanes = new Lanes(MANIFEST_LANES)
  readonly #moved = new Map<Digest, Promise<void>>()
  readonly #committed = new Map<Digest, Promise<void>>()

  constructor(source: Side, destination: Side, plan: CopyPlan, options: MoveOptions) {
    this.#source = source
    this.#destination = destination
    this.#plan = plan
    this.#onStep = options.onStep
    this.#stop = options.stop
    this.#signal = options.signal
  }

  async move(): Promise<void> {
    const bySize = [...this.#plan.blobs.values()].toSorted((a, b) => b.descriptor.size - a.descriptor.size)
    for (const blob of bySize) this.#moved.set(blob.descriptor.digest, this.#moveBlob(blob))
    const commits = [...this.#plan.manifests.keys()].map((digest) => this.#commit(digest))
    const work = [...this.#moved.values(), ...commits]
    try {
      await Promise.all(work)
    } catch (error) {
      // Nothing of ours may still be writing when the caller hears of the failure.
      this.#stop.abort(error)
      await Promise.allSettled(work)
      throw error
    }
  }

  async #moveBlob({ descriptor, state }: BlobPlan): Promise<void> {
    const { digest, size } = descriptor
    const tell = (how: 'moving' | 'done' | 'mounted' | 'present', done: number) =>
      this.#onStep({ kind: 'blob', digest, done, size, state: how })
    if (state === 'skip') return
    if (state === 'present') return tell('present', size)
    const mountFrom = state === 'mount' ? this.#source.store.repository : undefined
    const outcome = await this.#blobLanes.run(() =>
      this.#putBlob(descriptor, mountFrom, (n) => tell('moving', n)),
    )
    if (outcome === 'mounted') this.counts.mounted++
    if (outcome === 'sent') {
      this.counts.blobs++
      this.counts.bytes += size
    }
    tell(outcome === 'sent' ? 'done' : outcome, size)
  }

  #putBlob(
    descriptor: BlobPlan['descriptor'],
    mountFrom: Repository | undefined,
    onBytes: (n: number) => void,
  ) {
    this.#signal.throwIfAborted()
    const open = async () => this.#source.stream(await this.#source.run((store) => store.blob(descriptor)))
    const options = { onBytes, signal: this.#signal, ...(mountFrom && { mountFrom }) }
    return this.#destination.run((store) => store.putBlob(descriptor, open, options))
  }

  #commit(digest: Digest): Promise<void> {
    const known = this.#committed.get(digest)
    if (known) return known
    const plan = this.#plan.manifests.get(digest)
    const fresh = plan ? this.#commitManifest(plan) : Promise.resolve()
    this.#committed.set(digest, fresh)
    return fresh
  }

  async #commitManifest(plan: ManifestPlan): Promise<void> {
    const { digest } = plan.stored.descriptor
    await Promise.all([
      ...plan.after.map((below) => this.#commit(below)),
      ...plan.blobs.map((blob) => this.#moved.get(blob)),
    ])
    if (!plan.present) {
      await this.#manifestLanes.run(() => this.#putManifest(plan))
      this.counts.manifests++
    }
    this.#onStep({ kind: 'manifest', digest, state: plan.present ? 'present' : 'done' })
  }

  async #putManifest({ stored, tag }: ManifestPlan): Promise<void> {
    this.#signal.throwIfAborted()
    await this.#destination.run((store) => store.putManifest(stored))
    if (tag !== undefined) await moveLegacyTag(this.#destination, tag, stored, this.#onStep)
  }
}
