import { silent } from '../../base/index.ts'
import type { OnStep } from '../../base/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { RemoteRepository } from '../remote/repository.ts'
import type { ServiceName } from '../server-copy/settings.ts'
import type { ImageStore } from '../store.ts'
import { ClosureWalk } from './closure-walk.ts'
import type { Walked } from './closure-walk.ts'
import { Mover } from './mover.ts'
import { noHelp, serverHelp, warnOfNothing } from './server-help.ts'
import type { ServerHelp } from './server-help.ts'
import { mountSource, Side } from './side.ts'
import { standingTags } from './standing-tags.ts'
import { Survey } from './survey.ts'
import { verifyCopy } from './verify.ts'

export interface CopyOptions {
  readonly source: ImageStore
  readonly destination: ImageStore
  readonly root: Digest
  /** Pointed at the root when everything else is there. Whatever they name now is overwritten. */
  readonly tags?: readonly string[] | undefined
  /** Of the tags, those that must not exist yet. @throws TAG_CONFLICT where the registry honours If-None-Match */
  readonly newTags?: readonly string[] | undefined
  /** Referrers and legacy cosign tags too. Default true. */
  readonly referrers?: boolean | undefined
  /** False leaves a referrer out. Legacy tags are always taken. */
  readonly includeReferrer?: ((descriptor: Descriptor) => boolean) | undefined
  /**
   * How far to look where the destination has something already. `shallow` (default): a manifest that is there stands
   * for all under it, as a registry must refuse it otherwise. `deep`: every manifest and blob is asked for, what is
   * missing is sent, and what was written is read back.
   */
  readonly verify?: 'shallow' | 'deep' | undefined
  /** Only find out what would be written. */
  readonly dryRun?: boolean | undefined
  readonly onStep?: OnStep | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a copy did. What was there already is not counted as moved. */
export interface CopyReport {
  readonly root: Digest
  /** Everything that was written (or would be), manifests and blobs. */
  readonly moved: readonly Digest[]
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
  /** The registry's own service that brought the image, or parts of it, before the rest was copied. */
  readonly serverSide?: ServiceName
}

/**
 * Copies a digest with everything that hangs on it: children, blobs, referrers, legacy cosign tags. The destination is
 * asked first; what is missing moves, everything that does not depend on each other at once, children before parents,
 * tags last. A failed copy leaves nothing visible, and a second run finishes it.
 * @throws COPY_INCOMPLETE, MANIFEST_MISSING, BLOB_MISSING, DIGEST_MISMATCH…; `detail.side` says which side failed
 */
export async function copyClosure(options: CopyOptions): Promise<CopyReport> {
  const { root, tags = [], referrers = true, onStep = silent, dryRun = false } = options
  const source = new Side('source', options.source)
  const destination = new Side('destination', options.destination)
  const requests = requestCounter(options)
  // One token for everything: writing there, and pulling here when blobs are mounted from here.
  if (!dryRun) destination.store.expectWrites(mountSource(source, destination))
  const standing = options.verify === 'deep' ? new Set<string>() : await standingTags(destination, root, tags)
  const pending = tags.filter((tag) => !standing.has(tag))
  const rootSeen = standing.size > 0
  if (rootSeen && pending.length === 0 && !referrers) return nothingToDo(root, requests())
  const control = controlOf(options)
  const { signal } = control
  const asking = { root, deep: options.verify === 'deep', onStep, signal }
  const help = dryRun || rootSeen ? noHelp : await serverHelp(source, destination, asking)
  // What a service brought is believed no more than what a registry says that it has.
  const deep = asking.deep || help.asked || typeof help.root === 'object'
  const mover = new Mover(source, destination, { onStep, deep, signal })
  const carrier = dryRun ? new Survey(source, destination) : mover
  // Deep looks for the root at the destination before a tag names it.
  const carryRoot = pending.length === 0 || referrers || dryRun || deep
  const { includeReferrer = () => true } = options
  const rootFound = rootSeen ? ('seen' as const) : help.root
  const { asked: parts, known } = help
  const how = { root, referrers, includeReferrer, deep, rootFound, parts, known, carryRoot, ...control }
  const walked = await new ClosureWalk(source, destination, carrier, how).walk()
  warnOfDangling(walked, source, onStep)
  if (deep && mover.counts.moved.length > 0) await verifyCopy(destination, root, mover.written)
  if (!dryRun && pending.length > 0)
    await destination.run((store) => store.putTags(pending, walked.root, options.newTags))
  const manifests = carrier.counts.manifests + (walked.rootThere || carryRoot ? 0 : 1)
  const carried = [...walked.carried].toSorted()
  return {
    ...carrier.counts,
    root,
    manifests,
    carried,
    referrers: carried.length,
    requests: requests(),
    ...servedBy(help, walked, destination, onStep),
  }
}

/** A service counts when something is there of what it said it had brought. */
function servedBy({ service }: ServerHelp, { found }: Walked, destination: Side, onStep: OnStep) {
  if (!service) return {}
  if (found > 0) return { serverSide: service }
  warnOfNothing(service, destination, onStep)
  return {}
}

/** The first failure stops the rest, and so does the caller. */
function controlOf({ signal }: CopyOptions) {
  const stop = new AbortController()
  return { stop, signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal }
}

/** Every tag names the digest: it is there, and nothing else was asked for. */
function nothingToDo(root: Digest, requests: number): CopyReport {
  return {
    root,
    moved: [],
    manifests: 0,
    blobs: 0,
    bytes: 0,
    mounted: 0,
    referrers: 0,
    carried: [],
    requests,
  }
}

function warnOfDangling({ dangling }: Walked, source: Side, onStep: OnStep): void {
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
