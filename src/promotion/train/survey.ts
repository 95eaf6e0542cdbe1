import { parseRepository, formatRepository, isDigest } from '../../oci/index.ts'
import type { Digest, Repository } from '../../oci/index.ts'
import { resolve } from '../../registry/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { ImageOrder, TrainOrder } from '../train-answer.ts'
import type { TrainParts } from './parts.ts'
import type { KnownState, Pair } from './plan-train.ts'
import { sideBySide } from '../../base/index.ts'

/** An order with its source read: only a digest from here on. */
export interface SourcedPair extends Pair {
  readonly order: ImageOrder
  /** Its place in the train. */
  readonly index: number
  readonly source: ImageStore
}

/** An order that cannot be planned, and why. */
export interface Unplannable {
  readonly index: number
  readonly error: unknown
}

export interface Survey {
  readonly pairs: readonly SourcedPair[]
  readonly failed: readonly Unplannable[]
  readonly known: KnownState
}

/** Questions in flight at once; the client's own limits by host lie below. */
const WIDTH = 48

/** From here on one list of tags costs less than a question for each. */
const MANY_TAGS = 4

/** Reads what the plan needs: the digest of every source, and what the wanted tags name at their destination. */
export async function survey(
  { images: orders, dryRun }: Pick<TrainOrder, 'images' | 'dryRun'>,
  parts: TrainParts,
): Promise<Survey> {
  const [sources, places] = await Promise.all([
    readEach([...new Set(orders.map(({ source }) => source))], (text) => readSource(text, parts)),
    readPlaces(orders, dryRun, parts),
  ])
  const pairs: SourcedPair[] = []
  const failed: Unplannable[] = []
  for (const [index, order] of orders.entries()) {
    const [source, place] = [sources.get(order.source), places.get(order.destination)]
    if (source?.value && place?.value) {
      const { tags, floating } = order
      const { repository } = place.value
      pairs.push({ order, index, ...source.value, destination: repository, tags, floating })
    } else failed.push({ index, error: source?.error ?? place?.error })
  }
  const held = await readHeld(pairs, parts)
  const known: KnownState = {
    tag: (repository, tag) => places.get(formatRepository(repository))?.value?.tags.get(tag),
    holds: (repository, digest) => held.has(`${formatRepository(repository)}@${digest}`),
  }
  return { pairs, failed, known }
}

type Read<V> =
  | { readonly value: V; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown }

/** Asks about each, and keeps what went wrong beside it. */
async function readEach<K, V>(keys: readonly K[], read: (key: K) => Promise<V>): Promise<Map<K, Read<V>>> {
  const answers = await sideBySide(keys, WIDTH, async (key): Promise<readonly [K, Read<V>]> => {
    try {
      return [key, { value: await read(key) }]
    } catch (error) {
      return [key, { error }]
    }
  })
  return new Map(answers)
}

async function readSource(text: string, parts: TrainParts) {
  const { store, name } = await parts.openSource(text)
  if (isDigest(name)) return { source: store, digest: name }
  const { digest } = (await store.head(name)) ?? (await resolve(store, name)).descriptor
  return { source: store, digest }
}

interface Place {
  readonly repository: Repository
  /** What the wanted tags name. */
  readonly tags: ReadonlyMap<string, Digest>
}

async function readPlaces(orders: readonly ImageOrder[], dryRun: boolean, parts: TrainParts) {
  const wanted = new Map<string, Set<string>>()
  for (const { destination, tags, floating } of orders) {
    const asked = wanted.get(destination) ?? new Set()
    wanted.set(destination, asked)
    for (const tag of [...tags, ...floating]) asked.add(tag)
  }
  return readEach([...wanted.keys()], async (text): Promise<Place> => {
    const repository = parseRepository(text)
    const store = parts.store(repository)
    if (!dryRun) store.expectWrites()
    return { repository, tags: await readTags(store, [...(wanted.get(text) ?? [])]) }
  })
}

async function readTags(store: ImageStore, wanted: readonly string[]): Promise<ReadonlyMap<string, Digest>> {
  const listed = wanted.length >= MANY_TAGS ? new Set(await store.tags()) : undefined
  const asked = listed ? wanted.filter((tag) => listed.has(tag)) : wanted
  const found = await Promise.all(asked.map(async (tag) => [tag, (await store.head(tag))?.digest] as const))
  return new Map(found.flatMap(([tag, digest]) => (digest ? [[tag, digest] as const] : [])))
}

/** Those without a tag that are there already, as `host/path@digest`. */
async function readHeld(pairs: readonly SourcedPair[], parts: TrainParts): Promise<ReadonlySet<string>> {
  const untagged = pairs.filter(({ tags, floating }) => tags.length + floating.length === 0)
  const there = await sideBySide(untagged, WIDTH, async ({ destination, digest }) =>
    parts
      .store(destination)
      .head(digest)
      .catch(() => undefined),
  )
  return new Set(
    untagged.flatMap(({ destination, digest }, index) =>
      there[index] ? [`${formatRepository(destination)}@${digest}`] : [],
    ),
  )
}
