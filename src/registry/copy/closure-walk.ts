import { fail, isFailure, limits } from '../../base/index.ts'
import { childrenOf, isIndexType } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { closureTooLarge } from '../closure-too-large.ts'
import { registryErrors } from '../errors.ts'
import type { StoredManifest } from '../store.ts'
import type { Carrier, Piece } from './carrier.ts'
import { requireOneSize, requireSame } from './listed.ts'
import { ReferrerLists } from './referrer-lists.ts'
import { isSameStore } from './side.ts'
import type { Side } from './side.ts'
import { TaskGroup } from './task-group.ts'

export interface WalkOptions {
  readonly root: Digest
  readonly referrers: boolean
  readonly includeReferrer: (descriptor: Descriptor) => boolean
  /** True: what the destination holds is looked at down to the last blob. False: a manifest there stands for all under it. */
  readonly deep: boolean
  /** The root at the destination, as somebody has just found it. `seen`: it is there. `unknown`: nobody looked. */
  readonly rootFound: StoredManifest | 'seen' | 'absent' | 'unknown'
  /** Others may have brought parts of it, so the destination is asked for all of them. */
  readonly parts: boolean
  /** Manifests of the source that were read already. */
  readonly known: ReadonlyMap<Digest, StoredManifest>
  /** False: everything but the root is carried; the caller writes it last, under its tag. */
  readonly carryRoot: boolean
  /** Aborted on the first failure. */
  readonly stop: AbortController
  /** Aborted by `stop` or by the caller. */
  readonly signal: AbortSignal
}

/** A closure that was walked: all of it, except perhaps its root, is at the destination. */
export interface Walked {
  readonly root: StoredManifest
  readonly rootThere: boolean
  /** Manifests of the image, its root included, that were found at the destination. */
  readonly found: number
  /** Referrers and legacy artifacts of this closure that are at the destination. */
  readonly carried: ReadonlySet<Digest>
  /** Referrers that a list names but that are not at the source. */
  readonly dangling: readonly Digest[]
}

/** One way to come to a manifest. */
interface Visit {
  readonly name: Digest | string
  readonly role: Piece['role']
  /** The descriptor in the parent, which must agree with what is found. */
  readonly listed?: Descriptor
  /** Whose referrer it is said to be, and whether the destination lists it as that. */
  readonly subject?: Digest
  readonly listedThere?: boolean
  /** What must be at the destination first, besides everything under it. */
  readonly after?: Promise<void>
}

/**
 * Goes through the closure of a digest, the destination asked first, and hands each piece over as soon as it is
 * known: blobs while other manifests are still being read, manifests when everything under them has landed,
 * referrers after their subject.
 */
export class ClosureWalk {
  readonly #source: Side
  readonly #destination: Side
  readonly #carrier: Carrier
  readonly #options: WalkOptions
  readonly #lists: ReferrerLists
  readonly #tasks: TaskGroup
  readonly #visits = new Map<string, Promise<void>>()
  readonly #blobs = new Map<Digest, { readonly size: number; readonly landed: Promise<void> }>()
  readonly #seen = new Set<Digest>()
  readonly #sought = new Set<Digest>()
  readonly #trustedChildren = new Set<Digest>()
  readonly #carried = new Set<Digest>()
  readonly #dangling: Digest[] = []
  readonly #sameStore: boolean
  #root: StoredManifest | undefined
  #rootThere = false
  #found = 0
  /** Of all manifests that were read. */
  #bytes = 0

  constructor(source: Side, destination: Side, carrier: Carrier, options: WalkOptions) {
    this.#source = source
    this.#destination = destination
    this.#carrier = carrier
    this.#options = options
    this.#lists = new ReferrerLists(source, destination)
    this.#sameStore = isSameStore(source, destination)
    this.#tasks = new TaskGroup((error) => options.stop.abort(error))
  }

  /** @throws MANIFEST_MISSING, MEDIA_TYPE_CONFUSION, SIZE_MISMATCH, registry errors; each says which side */
  async walk(): Promise<Walked> {
    const { root } = this.#options
    const there = await this.#rootAtDestination()
    this.#rootThere = there !== undefined
    void this.#visit({ name: root, role: 'image' }, there)
    await this.#tasks.done()
    if (!this.#root) throw this.#missing(root)
    const [rootThere, found, carried, dangling] = [
      this.#rootThere,
      this.#found,
      this.#carried,
      this.#dangling,
    ]
    return { root: this.#root, rootThere, found, carried, dangling }
  }

  async #rootAtDestination(): Promise<StoredManifest | undefined> {
    const { root, rootFound } = this.#options
    if (typeof rootFound === 'object') return rootFound
    if (rootFound === 'absent') return undefined
    // Within one repository nothing can be missing on one side only.
    if (rootFound === 'seen' || this.#sameStore) return this.#destination.run((store) => store.content(root))
    return this.#destination.run((store) => store.manifest(root)).catch(absentIfForbidden)
  }

  #visit(visit: Visit, there?: StoredManifest): Promise<void> {
    const key = `${visit.name} ${visit.subject ?? ''}`
    const known = this.#visits.get(key)
    if (known) return known
    const landed = this.#tasks.run(() => this.#arrive(visit, there))
    this.#visits.set(key, landed)
    return landed
  }

  async #arrive(visit: Visit, seen: StoredManifest | undefined): Promise<void> {
    await this.#requireRoom(this.#visits.size)
    const found = seen ?? (await this.#atDestination(visit))
    const stored = found ?? (await this.#atSource(visit))
    if (found && visit.role === 'image') this.#found++
    if (!stored) return this.#absent(visit)
    this.#bytes += stored.descriptor.size
    // A list may name anything; only the manifest's own word makes it a referrer (distribution-spec).
    if (visit.subject && stored.manifest.subject?.digest !== visit.subject) return
    if (visit.listed) requireSame(this.#source, visit.listed, stored)
    const there = found !== undefined || (await this.#isTagged(visit, stored))
    const landed = this.#land(visit, stored, there)
    if (visit.role !== 'part') this.#seekReferrers(visit.role, stored.descriptor.digest, landed)
    await landed
  }

  /** Carries what is under a manifest, and then the manifest, once. */
  async #land(visit: Visit, stored: StoredManifest, there: boolean): Promise<void> {
    const { role, name } = visit
    const { digest } = stored.descriptor
    const isRoot = digest === this.#options.root
    if (isRoot) this.#root = stored
    if (role === 'referrer' || role === 'legacy') this.#carried.add(digest)
    await Promise.all([visit.after, ...this.#below(role, stored, there)])
    if (this.#seen.has(digest) || (isRoot && !this.#options.carryRoot && !there)) return
    this.#seen.add(digest)
    // A referrer that nobody lists at the destination must be written again, to be found.
    const present = this.#sameStore || (there && visit.listedThere !== false)
    await this.#carrier.manifest({ stored, role, present, tag: role === 'legacy' ? name : undefined })
  }

  #below(role: Visit['role'], { manifest }: StoredManifest, there: boolean): readonly Promise<void>[] {
    if (there && !this.#options.deep)
      return this.#trusted(role, manifest.kind === 'index' ? manifest.manifests : [])
    const below = role === 'image' ? 'image' : 'part'
    if (manifest.kind === 'index')
      return manifest.manifests.map((listed) => this.#visit({ name: listed.digest, role: below, listed }))
    return [manifest.config, ...manifest.layers].map((blob) =>
      this.#blob(blob, this.#options.deep && this.#someThere),
    )
  }

  /** Children that are at the destination because their parent is: only what refers to them may be missing. */
  #trusted(role: Visit['role'], children: readonly Descriptor[]): readonly Promise<void>[] {
    if (role !== 'image' || !this.#options.referrers) return []
    return children.map((child) => this.#trust(child))
  }

  #trust({ digest, mediaType }: Descriptor): Promise<void> {
    if (this.#trustedChildren.has(digest)) return Promise.resolve()
    this.#trustedChildren.add(digest)
    this.#seekReferrers('image', digest, Promise.resolve())
    if (!isIndexType(mediaType)) return Promise.resolve()
    return this.#tasks.run(async () => {
      const index = await this.#destination.run((store) => store.content(digest))
      await Promise.all(this.#trusted('image', index ? childrenOf(index.manifest) : []))
    })
  }

  #blob(descriptor: Descriptor, ask: boolean): Promise<void> {
    const { digest, size } = descriptor
    const known = this.#blobs.get(digest)
    if (known) return requireOneSize(this.#source, descriptor, known.size) ?? known.landed
    const landed = this.#tasks.run(() => this.#carrier.blob(descriptor, ask))
    this.#blobs.set(digest, { size, landed })
    return landed
  }

  #seekReferrers(role: Visit['role'], subject: Digest, landed: Promise<void>): void {
    if (!this.#options.referrers || role === 'legacy' || this.#sought.has(subject)) return
    this.#sought.add(subject)
    void this.#tasks.run(() => this.#visitReferrers(role, subject, landed))
  }

  async #visitReferrers(role: Visit['role'], subject: Digest, after: Promise<void>): Promise<void> {
    await this.#requireRoom(this.#sought.size)
    const [listed, tags] = await Promise.all([
      this.#lists.atSource(subject),
      role === 'image' ? this.#lists.legacyTags(subject) : [],
    ])
    const referrers = listed.filter(this.#options.includeReferrer)
    for (const tag of tags) void this.#visit({ name: tag, role: 'legacy', after })
    if (referrers.length === 0) return
    const there = await this.#listedThere(subject, referrers)
    for (const { digest } of referrers) {
      const listedThere = there.has(digest)
      if (listedThere && !this.#options.deep) this.#trustReferrer(digest)
      else void this.#visit({ name: digest, role: 'referrer', subject, listedThere, after })
    }
  }

  async #listedThere(subject: Digest, listed: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
    if (this.#sameStore) return new Set(listed.map(({ digest }) => digest))
    return this.#someThere ? this.#lists.atDestination(subject) : new Set()
  }

  /** The destination is worth asking for what hangs on the root. */
  get #someThere(): boolean {
    return this.#rootThere || this.#options.parts
  }

  #trustReferrer(digest: Digest): void {
    this.#carried.add(digest)
    this.#seekReferrers('referrer', digest, Promise.resolve())
  }

  /** The destination's copy. What a legacy tag holds there may be another thing, so the source is asked. */
  async #atDestination({ name, role }: Visit): Promise<StoredManifest | undefined> {
    if (!this.#someThere || !this.#options.deep || role === 'legacy') return undefined
    return this.#ask(this.#destination, name).catch(absentIfForbidden)
  }

  #atSource({ name, role }: Visit): Promise<StoredManifest | undefined> {
    if (role === 'legacy') return this.#ask(this.#source, name)
    const known = this.#options.known.get(name as Digest)
    return known ? Promise.resolve(known) : this.#source.run((store) => store.content(name as Digest))
  }

  /** A legacy artifact is there when its tag names it there too. */
  async #isTagged({ name, role }: Visit, { descriptor }: StoredManifest): Promise<boolean> {
    if (role !== 'legacy' || !this.#someThere) return false
    return (await this.#destination.run((store) => store.head(name)))?.digest === descriptor.digest
  }

  #ask(side: Side, name: string): Promise<StoredManifest | undefined> {
    return side.run((store) => store.manifest(name))
  }

  /** A list of referrers may be out of date; an index may not. */
  #absent({ name, role }: Visit): void {
    if (role !== 'referrer' && role !== 'legacy') throw this.#missing(name)
    this.#dangling.push(name as Digest)
  }

  #missing(name: string) {
    const { location } = this.#source.store
    return fail(registryErrors.MANIFEST_MISSING, {
      message: `Source ${location}: manifest ${name} is not there.`,
      where: location,
      detail: { side: 'source' },
    })
  }

  /** Checked by each task before it asks for more, so that the copy ends with the failure. */
  async #requireRoom(manifests: number): Promise<void> {
    this.#options.signal.throwIfAborted()
    if (manifests <= limits.closureManifests && this.#bytes <= limits.closureBytes) return
    await this.#source.run(({ location }) => Promise.reject(closureTooLarge(location)))
  }
}

/**
 * Some registries forbid reading what is not there yet (Artifactory). The write, which needs more permission than the
 * read, says then whether we may.
 */
export function absentIfForbidden(error: unknown): undefined {
  if (!isFailure(error, registryErrors.REGISTRY_DENIED) || error.detail.status !== 403) throw error
}
