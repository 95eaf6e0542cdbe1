import { fail } from '../../base/index.ts'
import { shortDigest } from '../../oci/index.ts'
import { registryErrors } from '../../registry/index.ts'
import type { HostTotals, ImageOrder, TrainOrder } from '../train-answer.ts'
import { failedItem } from './item-error.ts'
import { imageOf, moveImage } from './move-image.ts'
import type { TrainParts } from './parts.ts'
import { countHosts, planTrain } from './plan-train.ts'
import type { PlannedPair } from './plan-train.ts'
import type { Ended, Track, Unit } from './ride.ts'
import { survey } from './survey.ts'
import type { SourcedPair } from './survey.ts'

/** The plan of the plain images: what there is to do, and what is over before it began. */
export interface ImagePlan {
  readonly tracks: readonly Track[]
  readonly ended: ReadonlyMap<number, Ended>
  readonly hosts: readonly HostTotals[]
}

/** Asks the sources and the destinations, then decides for each image. `first`: the index of the first. */
export async function planImages(order: TrainOrder, first: number, parts: TrainParts): Promise<ImagePlan> {
  const { pairs, failed, known } = await survey(order, parts)
  const plans = [...planTrain(pairs, known)]
  const ended = new Map(
    failed.map(({ index, error }) => [first + index, failedItem(error, parts.signal.aborted)] as const),
  )
  const open: Open[] = []
  for (const planned of plans.flatMap((plan) => plan.pairs)) {
    const end = decided(planned, order.dryRun)
    if (end) ended.set(first + planned.pair.index, end)
    else if (planned.state !== 'conflict') open.push(planned)
  }
  return { tracks: tracksOf(open, first, parts), ended, hosts: countHosts(plans) }
}

type Open = Exclude<PlannedPair<SourcedPair>, { state: 'conflict' }>

/** Pairs that bring one digest into one repository are one copy, done for the first of them. */
function tracksOf(open: readonly Open[], first: number, parts: TrainParts): readonly Track[] {
  const groups = Map.groupBy(
    open,
    (planned) => ('first' in planned ? planned.first : undefined) ?? planned.pair,
  )
  return [...groups].map(([pair, group]) => {
    const write = group.flatMap((planned) => (planned.state === 'move' ? planned.write : []))
    const referrers = group.some((planned) => planned.pair.order.referrers)
    const move = { pair, write, referrers }
    return group.map((planned): Unit => ({
      item: imageName(planned.pair.order),
      index: first + planned.pair.index,
      run: async (telling) =>
        planned.pair === pair
          ? moveImage(move, parts, telling)
          : { outcome: 'copied', image: imageOf(planned.pair) },
    }))
  })
}

/** `host/path:tag,tag`, or what it is made from when it gets no tag. */
export function imageName({ source, destination, tags, floating }: ImageOrder): string {
  const named = [...tags, ...floating].join(',')
  return named === '' ? `${source} → ${destination}` : `${destination}:${named}`
}

/** How it ends without anything being done; undefined when there is something to do. */
function decided(planned: PlannedPair<SourcedPair>, dryRun: boolean): Ended | undefined {
  const { pair, state } = planned
  const image = imageOf(pair)
  if (state === 'conflict') return { ...failedItem(conflict(planned), false), image }
  if (dryRun) return { outcome: state === 'present' ? 'already' : 'planned', image }
  return state === 'present' && !pair.order.referrers ? { outcome: 'already', image } : undefined
}

function conflict({ pair, tag, found }: Extract<PlannedPair<SourcedPair>, { state: 'conflict' }>) {
  return fail(registryErrors.IMMUTABLE_TAG_CONFLICT, {
    message: `The tag ${tag} names ${shortDigest(found)}; it cannot also name ${shortDigest(pair.digest)}.`,
    where: `${pair.order.destination}:${tag}`,
    detail: { tag, found, asked: pair.digest },
  })
}
