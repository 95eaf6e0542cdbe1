import { isFailure } from '../base/index.ts'
import type { OnStep } from '../base/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { copyClosure } from './copy/copy-closure.ts'
import { missingContent } from './missing-content.ts'
import type { ImageStore } from './store.ts'

export interface RepairOptions {
  readonly store: ImageStore
  readonly root: Digest
  /** Other places that may hold the same digest, tried in this order. */
  readonly sources: readonly ImageStore[]
  /** Referrers that are known to belong to the image, from a promotion record. */
  readonly known?: readonly Digest[] | undefined
  /** Take only those: another environment's repository also holds what belongs to that environment alone. */
  readonly onlyKnown?: boolean | undefined
  /** Only find out what is wrong. */
  readonly dryRun?: boolean | undefined
  readonly onStep?: OnStep | undefined
  readonly signal?: AbortSignal | undefined
}

/** What was wrong with an image in one place, and what could be done about it. */
export interface RepairReport {
  readonly location: string
  readonly digest: Digest
  /** `broken`: something is wrong still, or would be mended by a run that is not dry. */
  readonly outcome: 'whole' | 'repaired' | 'broken'
  /** Manifests and blobs that were missing, or that no list named; sorted. */
  readonly found: readonly Digest[]
  /** Of those, what is still missing. */
  readonly left: readonly Digest[]
  /** What each source gave; `failure` says why it could not help. */
  readonly sources: readonly {
    readonly location: string
    readonly moved: number
    readonly failure?: string
  }[]
}

/**
 * Finds what other tools left broken and mends it from other places that hold the same digests: an index whose
 * children or blobs are gone, referrers that did not come along, referrers that a lost update dropped from their list.
 * @throws errors of `store`; a source that fails is reported and the next one is tried
 */
export async function repairImage(options: RepairOptions): Promise<RepairReport> {
  const { store, root, dryRun = false } = options
  const missing = await missingContent(store, root)
  const sources = []
  for (const source of options.sources) sources.push(await mendFrom(source, options))
  const known = await relist(options)
  const found = [
    ...new Set([...missing, ...sources.flatMap(({ moved }) => moved), ...known.found]),
  ].toSorted()
  const left = dryRun ? found : [...new Set([...(await missingContent(store, root)), ...known.left])]
  const outcome = left.length > 0 ? 'broken' : found.length > 0 ? 'repaired' : 'whole'
  const gave = sources.map(({ moved, ...rest }) => ({ ...rest, moved: moved.length }))
  return { location: store.location, digest: root, outcome, found, left, sources: gave }
}

async function mendFrom(source: ImageStore, options: RepairOptions) {
  const { store, root, known = [], onlyKnown, dryRun, onStep, signal } = options
  const { location } = source
  const wanted = new Set(known)
  const includeReferrer = ({ digest }: Descriptor) => !onlyKnown || wanted.has(digest)
  try {
    const how = { verify: 'deep', includeReferrer, dryRun, onStep, signal } as const
    const { moved } = await copyClosure({ source, destination: store, root, ...how })
    return { location, moved }
  } catch (error) {
    if (!isFailure(error) || error.detail.side !== 'source') throw error
    return { location, moved: [], failure: error.message }
  }
}

/** Writes known referrers again that are there but that nobody lists: a registry then lists them (distribution-spec). */
async function relist({ store, root, known = [], dryRun }: RepairOptions) {
  const listed = new Set((await store.referrers(root)).map(({ digest }) => digest))
  const lost = known.filter((digest) => !listed.has(digest))
  const stored = await Promise.all(lost.map((digest) => store.manifest(digest)))
  const there = stored
    .filter((each) => each?.manifest.subject?.digest === root)
    .filter((each) => each !== undefined)
  if (!dryRun) for (const each of there) await store.putManifest(each)
  const gone = lost.filter((_, index) => stored[index] === undefined)
  return { found: [...gone, ...there.map(({ descriptor }) => descriptor.digest)], left: gone }
}
