import { limits } from '../../base/index.ts'
import { formatRepository, parseReference, parseRepository } from '../../oci/index.ts'
import type { ImageOrder } from '../../promotion/train-answer.ts'
import { invalid } from '../problems.ts'
import type { Problem } from '../problems.ts'
import type { YamlFile } from '../yaml-file.ts'
import type { TrainText } from './schema.ts'

type Entry = TrainText['images'][number]

/** What a source and its tags come to: one name to read, and the tags it gets. */
interface Named {
  readonly source: string
  readonly tags: readonly string[]
  readonly floating: readonly string[]
}

/**
 * Entries of `images` → one order for each image and destination. Tags beside a source that names no image of its own
 * are names there and here: each is an order.
 * @throws CONFIG_INVALID: what is no reference and what is no repository
 */
export function imageOrders(entries: readonly Entry[], file: YamlFile): readonly ImageOrder[] {
  const problems: Problem[] = []
  const reading = <T>(path: readonly PropertyKey[], work: () => T): readonly T[] => {
    try {
      return [work()]
    } catch (error) {
      problems.push(file.problem(['images', ...path], (error as Error).message))
      return []
    }
  }
  let total = 0
  const orders = entries.flatMap((entry, index) => {
    const named = reading([index, 'source'], () => namesOf(entry)).flat()
    const destinations = entry.destination.flatMap((text) =>
      reading([index, 'destination'], () => formatRepository(parseRepository(text))),
    )
    total += destinations.length * named.length
    if (total > limits.trainOrders) throw tooMany(file, index)
    return destinations.flatMap((destination) =>
      named.map((one) => ({ ...one, destination, referrers: entry.referrers })),
    )
  })
  const [first, ...others] = problems
  if (first) throw invalid([first, ...others])
  return orders
}

/** Tags times destinations: a short file can ask for more than any memory holds. */
function tooMany(file: YamlFile, index: number) {
  const message = `Found more than ${limits.trainOrders} images times destinations, which is the limit.`
  return invalid([file.problem(['images', index], message)])
}

const NONE: readonly string[] = []

function namesOf(entry: Entry): readonly Named[] {
  const { source } = entry
  const tags: readonly string[] = entry.tags ?? NONE
  const floating: readonly string[] = entry.floating ?? NONE
  if (source.startsWith('layout:')) return [{ source, tags, floating }]
  const reference = parseReference(source)
  const isBare = reference.tag === 'latest' && !source.endsWith(':latest')
  const asked = tags.length + floating.length
  if (isBare && asked === 0) throw new Error(`Found "${source}", expected a tag, a digest, or "tags".`)
  if (isBare) {
    return [
      ...tags.map((tag) => ({ source: `${source}:${tag}`, tags: [tag], floating: NONE })),
      ...floating.map((tag) => ({ source: `${source}:${tag}`, tags: NONE, floating: [tag] })),
    ]
  }
  return [{ source, tags: asked === 0 && reference.tag !== undefined ? [reference.tag] : tags, floating }]
}
