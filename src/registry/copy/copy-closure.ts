import { silent } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { RemoteRepository } from '../remote/repository.ts'
import type { ImageStore, StoredManifest } from '../store.ts'
import { isSameStore } from './blob-planner.ts'
import { Mover } from './mover.ts'
import type { CopyPlan } from './plan.ts'
import { Planner } from './planner.ts'
import { Side } from './side.ts'
import { verifyCopy } from './verify.ts'

export interface CopyOptions {
  readonly source: ImageStore
  readonly destination: ImageStore
  readonly root: Digest
  /** Referrers and legacy cosign tags too. Default true. */
  readonly referrers?: boolean | undefined
  /** False leaves a referrer out. Legacy tags are always taken. */
  readonly includeReferrer?: ((descriptor: Descriptor) => boolean) | undefined
  readonly onStep?: OnStep | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a copy did. What was there already is not counted as moved. */
export interface CopyReport {
  readonly root: StoredManifest
  /** Manifests written. */
  readonly manifests: number
  /** Blobs sent, and their bytes. */
  readonly blobs: number
  readonly bytes: number
  readonly mounted: number
  /** Referrers at the destination: the length of `carried`. */
  readonly referrers: number
  /** Referrer manifests of this closure that are at the destination, legacy artifacts included; sorted. */
  readonly carried: readonly Digest[]
  readonly requests: number
}

/**
 * Copies a digest with everything that hangs on it: children, blobs, referrers, legacy cosign tags. Plans first,
 * destination asked before the source; then moves what is missing, children before parents; then reads the root
 * and the lists of referrers back. Moves no tag: that is the caller's last step. A second run finishes what a first one left.
 * @throws COPY_INCOMPLETE, MANIFEST_MISSING, BLOB_MISSING, DIGEST_MISMATCH…; `detail.side` says which side failed
 */
export async function copyClosure(options: CopyOptions): Promise<CopyReport> {
  const source = new Side('source', options.source)
  const destination = new Side('destination', options.destination)
  const onStep = options.onStep ?? silent
  const count = requestCounter(options)
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  prepareTokens(source, destination)
  try {
    const { root, referrers = true, includeReferrer = () => true } = options
    const plan = await new Planner(source, destination, { root, referrers, includeReferrer, signal }).plan()
    warnOfDangling(plan, source, onStep)
    const mover = new Mover(source, destination, plan, { onStep, stop, signal })
    await mover.move()
    if (mover.counts.manifests + mover.counts.blobs > 0) await verifyCopy(destination, plan)
    const carried = carriedBy(plan)
    return { root: plan.root, ...mover.counts, referrers: carried.length, carried, requests: count() }
  } catch (error) {
    stop.abort(error)
    throw error
  }
}

/** One token for everything: writing there, and pulling here when blobs are mounted from here. */
function prepareTokens(source: Side, destination: Side): void {
  if (!(destination.store instanceof RemoteRepository) || isSameStore(source, destination)) return
  const from = source.store.repository
  const mountable = from?.registry === destination.store.repository.registry
  destination.store.expectWrites(mountable ? from : undefined)
}

function carriedBy(plan: CopyPlan): readonly Digest[] {
  const carried = [...plan.manifests].filter(([, { role }]) => role === 'referrer' || role === 'legacy')
  return carried.map(([digest]) => digest).toSorted()
}

function warnOfDangling({ dangling }: CopyPlan, source: Side, onStep: OnStep): void {
  for (const name of dangling) {
    const message = `${source.store.location} lists ${name} as a referrer, but it is not there.`
    onStep({ kind: 'warning', code: registryErrors.MANIFEST_MISSING.code, message })
  }
}

/** Requests of the clients involved, from now on. */
function requestCounter({ source, destination }: CopyOptions): () => number {
  const counters = new Map<object, RemoteRepository>()
  for (const store of [source, destination])
    if (store instanceof RemoteRepository) counters.set(store.counter, store)
  const total = () => [...counters.values()].reduce((sum, store) => sum + store.requests, 0)
  const before = total()
  return () => total() - before
}
