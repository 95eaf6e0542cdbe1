import { fail, limits } from '../../base/index.ts'
import { isIndexType, ociErrors } from '../../oci/index.ts'
import type { Descriptor, Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import type { StoredManifest } from '../store.ts'
import { BlobPlanner, isSameStore } from './blob-planner.ts'
import { Lanes } from './lanes.ts'
import type { CopyPlan, ManifestPlan } from './plan.ts'
import type { Side } from './side.ts'
import { SourceTags } from './source-tags.ts'

export interface PlanOptions {
  readonly root: Digest
  readonly referrers: boolean
  readonly includeReferrer: (descriptor: Descriptor) => boolean
  readonly signal: AbortSignal
}

/** One way to come to a manifest. */
interface Visit {
  readonly name: Digest | string
  readonly role: ManifestPlan['role']
  /** The descriptor in the parent, which must agree with what is found. */
  readonly listed?: Descriptor
  /** Whose referrer it is said to be. */
  readonly subject?: Digest
}

/** Questions in flight at once. */
const WIDTH = 24

/** Walks the closure of `root`, asking the destination first, and says what must happen to each piece. */
export class Planner {
  readonly #source: Side
  readonly #destination: Side
  readonly #options: PlanOptions
  readonly #lanes = new Lanes(WIDTH)
  readonly #tags: SourceTags
  readonly #blobs: BlobPlanner
  readonly #visits = new Map<string, Promise<void>>()
  readonly #manifests = new Map<Digest, ManifestPlan>()
  readonly #referrersThere = new Map<Digest, Promise<ReadonlySet<Digest>>>()
  readonly #dangling: Digest[] = []
  readonly #sameStore: boolean
  /** When the root is not there, the rest is sent without asking: writing a manifest costs what a question costs. */
  #rootPresent = true

  constructor(source: Side, destination: Side, options: PlanOptions) {
    this.#source = source
    this.#destination = destination
    this.#options = options
    this.#tags = new SourceTags(source)
    this.#blobs = new BlobPlanner(source, destination, this.#lanes)
    this.#sameStore = isSameStore(source, destination)
  }

  /** @throws MANIFEST_MISSING, MEDIA_TYPE_CONFUSION, SIZE_MISMATCH, registry errors; each says which side */
  async plan(): Promise<CopyPlan> {
    const { root } = this.#options
    const found = await this.#destination.run((store) => store.manifest(root))
    this.#rootPresent = found !== undefined
    await this.#visit({ name: root, role: 'image' }, found)
    await this.#blobs.settle()
    const plan = this.#manifests.get(root)
    if (!plan) throw this.#missing(root)
    const blobs = this.#blobs.blobs
    return { root: plan.stored, manifests: this.#manifests, blobs, dangling: this.#dangling }
  }

  #visit(visit: Visit, found?: StoredManifest): Promise<void> {
    const key = `${visit.name} ${visit.subject ?? ''}`
    const known = this.#visits.get(key)
    if (known) return known
    if (this.#visits.size >= limits.closureManifests) return Promise.reject(this.#tooLarge())
    const fresh = this.#walk(visit, found)
    this.#visits.set(key, fresh)
    return fresh
  }

  async #walk(visit: Visit, found: StoredManifest | undefined): Promise<void> {
    // Within one repository nothing can be moved or mended; a leaf only matters for what refers to it.
    if (this.#sameStore && visit.listed && !isIndexType(visit.listed.mediaType))
      return this.#options.referrers ? this.#visitReferrers(visit, visit.listed.digest) : undefined
    const here = found ?? (await this.#atDestination(visit))
    const stored = here ?? (await this.#ask(this.#source, visit.name))
    if (!stored) return this.#absent(visit)
    const { manifest, descriptor } = stored
    // A list may name anything; only the manifest's own word makes it a referrer (distribution-spec).
    if (visit.subject && manifest.subject?.digest !== visit.subject) return
    if (visit.listed) this.#requireSame(visit.listed, stored)
    const present = await this.#isPresent(visit, descriptor.digest, here !== undefined)
    this.#add(visit, stored, present)
    const children = manifest.kind === 'index' ? manifest.manifests : []
    const blobs = manifest.kind === 'index' ? [] : [manifest.config, ...manifest.layers]
    const role = visit.role === 'image' ? 'image' : 'part'
    await Promise.all([
      ...children.map((listed) => this.#visit({ name: listed.digest, role, listed })),
      ...blobs.map((blob) => this.#blobs.plan(blob, this.#rootPresent)),
      ...(this.#options.referrers ? [this.#visitReferrers(visit, descriptor.digest)] : []),
    ])
  }

  async #visitReferrers(visit: Visit, subject: Digest): Promise<void> {
    if (visit.role === 'legacy' || visit.role === 'part') return
    const { includeReferrer } = this.#options
    const referrers = await this.#lanes.run(() => this.#tags.referrers(subject))
    const wanted = referrers.filter(includeReferrer)
    const legacy = visit.role === 'image' ? await this.#lanes.run(() => this.#tags.legacy(subject)) : []
    await Promise.all([
      ...wanted.map(({ digest }) => this.#visit({ name: digest, role: 'referrer', subject })),
      ...legacy.map((tag) => this.#visit({ name: tag, role: 'legacy' })),
    ])
  }

  #add(visit: Visit, stored: StoredManifest, present: boolean): void {
    const { manifest, descriptor } = stored
    const children = manifest.kind === 'index' ? manifest.manifests.map(({ digest }) => digest) : []
    const blobs = manifest.kind === 'index' ? [] : [manifest.config, ...manifest.layers]
    if (this.#manifests.has(descriptor.digest)) return
    this.#manifests.set(descriptor.digest, {
      stored,
      role: visit.role,
      present,
      after: visit.subject ? [...children, visit.subject] : children,
      blobs: blobs.map(({ digest }) => digest),
      tag: visit.role === 'legacy' ? visit.name : undefined,
    })
  }

  /** The destination's copy. What a legacy tag holds there may be another thing, so the source is asked. */
  async #atDestination({ name, role }: Visit): Promise<StoredManifest | undefined> {
    return this.#rootPresent && role !== 'legacy' ? this.#ask(this.#destination, name) : undefined
  }

  /** There, and to be found there: a referrer that nobody lists, or a tag elsewhere, must be written again. */
  async #isPresent({ name, role, subject }: Visit, digest: Digest, here: boolean): Promise<boolean> {
    if (this.#sameStore) return true
    if (role === 'legacy') return this.#rootPresent && (await this.#tagAtDestination(name)) === digest
    if (!here || !subject) return here
    const known = this.#referrersThere.get(subject)
    const asked = known ?? this.#lanes.run(() => this.#listedAtDestination(subject))
    this.#referrersThere.set(subject, asked)
    return (await asked).has(digest)
  }

  #tagAtDestination(tag: string): Promise<Digest | undefined> {
    return this.#lanes.run(async () => (await this.#destination.run((store) => store.head(tag)))?.digest)
  }

  async #listedAtDestination(subject: Digest): Promise<ReadonlySet<Digest>> {
    const entries = await this.#destination.run((store) => store.referrers(subject))
    return new Set(entries.map(({ digest }) => digest))
  }

  #ask(side: Side, name: string): Promise<StoredManifest | undefined> {
    return this.#lanes.run(() => {
      this.#options.signal.throwIfAborted()
      return side.run((store) => store.manifest(name))
    })
  }

  /** A list of referrers may be out of date; an index may not. */
  #absent({ name, role }: Visit): void {
    if (role !== 'referrer' && role !== 'legacy') throw this.#missing(name)
    this.#dangling.push(name as Digest)
  }

  #requireSame(listed: Descriptor, { descriptor }: StoredManifest): void {
    const { location } = this.#source.store
    if (listed.size !== descriptor.size) {
      throw fail(ociErrors.SIZE_MISMATCH, {
        message: `${location}: an index gives ${listed.digest} a size of ${listed.size} bytes, it has ${descriptor.size}.`,
        where: location,
      })
    }
    if (listed.mediaType !== descriptor.mediaType) {
      throw fail(ociErrors.MEDIA_TYPE_CONFUSION, {
        message: `${location}: an index calls ${listed.digest} ${listed.mediaType}, it is ${descriptor.mediaType}.`,
        where: location,
      })
    }
  }

  #missing(name: string) {
    const { location } = this.#source.store
    return fail(registryErrors.MANIFEST_MISSING, {
      message: `Source ${location}: manifest ${name} is not there.`,
      where: location,
      detail: { side: 'source' },
    })
  }

  #tooLarge() {
    const { location } = this.#source.store
    return fail(registryErrors.REGISTRY_ANSWER_INVALID, {
      message: `Source ${location}: the closure has more than ${limits.closureManifests} manifests.`,
      where: location,
      detail: { side: 'source' },
    })
  }
}
