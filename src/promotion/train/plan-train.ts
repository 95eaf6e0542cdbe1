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

/**
 * What must happen to one pair. `write`: tags that are not right yet. `first`: the pair that already moves this digest
 * into this repository.
 */
export type PlannedPair<P extends Pair> =
  | { readonly state: 'present'; readonly pair: P }
  | { readonly state: 'move'; readonly pair: P; readonly write: readonly string[]; readonly first?: P }
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
    for (const [name, group] of repositories) {
      yield planRepository(Array.isArray(group) ? group : [group], known)
      repositories.delete(name)
    }
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

type Group<P> = P | [P, ...P[]]

// A million pairs fit because nothing is put together for a key, and a repository with one pair needs no list.
function byRegistry<P extends Pair>(pairs: Iterable<P>) {
  const registries = new Map<string, Map<string, Group<P>>>()
  for (const pair of pairs) {
    const { registry, name } = pair.destination
    const repositories = registries.get(registry) ?? new Map<string, Group<P>>()
    registries.set(registry, repositories)
    const group = repositories.get(name)
    if (group === undefined) repositories.set(name, pair)
    else if (Array.isArray(group)) group.push(pair)
    else repositories.set(name, [group, pair])
  }
  return registries
}

/** What the train itself puts into a repository counts as there for the pairs that come later in the file. */
interface Memory<P extends Pair> {
  readonly given: Map<string, Digest>
  readonly moving: Map<Digest, P>
}

function planRepository<P extends Pair>(pairs: readonly [P, ...P[]], known: KnownState): RepositoryPlan<P> {
  const memory = pairs.length > 1 ? { given: new Map(), moving: new Map() } : undefined
  return { repository: pairs[0].destination, pairs: pairs.map((pair) => planPair(pair, memory, known)) }
}

function planPair<P extends Pair>(pair: P, memory: Memory<P> | undefined, known: KnownState): PlannedPair<P> {
  const { destination, digest } = pair
  const named = (tag: string) => memory?.given.get(tag) ?? known.tag(destination, tag)
  const taken = takenTag(pair, memory?.given, named)
  if (taken) return { state: 'conflict', pair, ...taken }
  const tags = pair.floating.length > 0 ? [...pair.tags, ...pair.floating] : pair.tags
  const write = tags.filter((tag) => named(tag) !== digest)
  for (const tag of tags) memory?.given.set(tag, digest)
  const first = memory?.moving.get(digest)
  const isThere = tags.length > 0 ? write.length === 0 : !first && known.holds(destination, digest)
  if (isThere) return { state: 'present', pair }
  if (!first) memory?.moving.set(digest, pair)
  return { state: 'move', pair, write, ...(first && { first }) }
}

/** An immutable tag of another digest; or a tag that this very train gives to another digest, whatever its kind. */
function takenTag(
  { digest, tags, floating }: Pair,
  given: ReadonlyMap<string, Digest> | undefined,
  named: (tag: string) => Digest | undefined,
): { readonly tag: string; readonly found: Digest } | undefined {
  for (const tag of tags) {
    const found = named(tag)
    if (found !== undefined && found !== digest) return { tag, found }
  }
  for (const tag of floating) {
    const found = given?.get(tag)
    if (found !== undefined && found !== digest) return { tag, found }
  }
  return undefined
}
