import type { Digest, Repository } from '../../oci/index.ts'
import type { HostTotals } from '../train-answer.ts'

/** One image that shall be in one repository under these tags. */
export interface Pair {
  readonly destination: Repository
  readonly digest: Digest
  /** Tags that must never name another digest. */
  readonly tags: readonly string[]
  /** Tags that may be moved. */
  readonly floating: readonly string[]
}

/** What the destinations hold, as far as it was asked. */
export interface KnownState {
  /** What a tag names now; undefined = there is no such tag. */
  tag(repository: Repository, tag: string): Digest | undefined
  /** Asked only for what shall have no tag. */
  holds(repository: Repository, digest: Digest): boolean
}

/** A tag to be written, and what it names now. */
export interface TagMove {
  readonly tag: string
  readonly before: Digest | undefined
}

/** What must happen to one pair. `first`: the pair that already moves this digest into this repository. */
export type PlannedPair<P extends Pair> =
  | { readonly state: 'present'; readonly pair: P }
  | { readonly state: 'move'; readonly pair: P; readonly write: readonly TagMove[]; readonly first?: P }
  | { readonly state: 'conflict'; readonly pair: P; readonly tag: string; readonly found: Digest }

/** Everything that goes into one repository. */
export interface RepositoryPlan<P extends Pair> {
  readonly repository: Repository
  readonly pairs: readonly PlannedPair<P>[]
}

/**
 * Says what must happen to each pair, repository by repository, the registries one after another. Pure; what it holds
 * in memory is the pairs and one repository's plan. Time is linear in pairs and tags.
 */
export function* planTrain<P extends Pair>(
  pairs: Iterable<P>,
  known: KnownState,
): Generator<RepositoryPlan<P>, void, undefined> {
  for (const repositories of byRegistry(pairs).values())
    for (const group of repositories.values()) yield planRepository(group, known)
}

/** Counts by registry, in the order in which the plans come. */
export function countHosts(plans: Iterable<RepositoryPlan<Pair>>): readonly HostTotals[] {
  const hosts = new Map<string, { -readonly [K in keyof HostTotals]: HostTotals[K] }>()
  for (const { repository, pairs } of plans) {
    const host = repository.registry
    const totals = hosts.get(host) ?? { host, repositories: 0, present: 0, move: 0, conflict: 0 }
    hosts.set(host, totals)
    totals.repositories++
    for (const { state } of pairs) totals[state]++
  }
  return [...hosts.values()]
}

// Two levels, so that no text is put together for a key: a million of them would take more than the pairs.
function byRegistry<P extends Pair>(pairs: Iterable<P>) {
  const registries = new Map<string, Map<string, [P, ...P[]]>>()
  for (const pair of pairs) {
    const { registry, name } = pair.destination
    const repositories = registries.get(registry) ?? new Map<string, [P, ...P[]]>()
    registries.set(registry, repositories)
    const group = repositories.get(name)
    if (group) group.push(pair)
    else repositories.set(name, [pair])
  }
  return registries
}

function planRepository<P extends Pair>(pairs: readonly [P, ...P[]], known: KnownState): RepositoryPlan<P> {
  const repository = pairs[0].destination
  // What the train itself puts there counts as there for the pairs that come later in the file.
  const given = new Map<string, Digest>()
  const moving = new Map<Digest, P>()
  const named = (tag: string) => given.get(tag) ?? known.tag(repository, tag)
  const planned = pairs.map((pair): PlannedPair<P> => {
    const taken = takenTag(pair, given, named)
    if (taken) return { state: 'conflict', pair, ...taken }
    const tags = [...pair.tags, ...pair.floating]
    const write = tags
      .map((tag) => ({ tag, before: named(tag) }))
      .filter(({ before }) => before !== pair.digest)
    for (const tag of tags) given.set(tag, pair.digest)
    const first = moving.get(pair.digest)
    const isThere = tags.length > 0 ? write.length === 0 : !first && known.holds(repository, pair.digest)
    if (isThere) return { state: 'present', pair }
    if (!first) moving.set(pair.digest, pair)
    return { state: 'move', pair, write, ...(first && { first }) }
  })
  return { repository, pairs: planned }
}

/** An immutable tag of another digest; or a tag that this very train gives to another digest, whatever its kind. */
function takenTag(
  { digest, tags, floating }: Pair,
  given: ReadonlyMap<string, Digest>,
  named: (tag: string) => Digest | undefined,
): { readonly tag: string; readonly found: Digest } | undefined {
  for (const tag of tags) {
    const found = named(tag)
    if (found !== undefined && found !== digest) return { tag, found }
  }
  for (const tag of floating) {
    const found = given.get(tag)
    if (found !== undefined && found !== digest) return { tag, found }
  }
  return undefined
}
