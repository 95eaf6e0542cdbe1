import type { PromoteCommand } from '../commands.ts'
import type { TrainAnswer, TrainItem, TrainOrder } from '../train-answer.ts'
import { answerOf } from './answer-of.ts'
import { imageName, planImages } from './image-tracks.ts'
import type { ImagePlan } from './image-tracks.ts'
import type { TrainParts } from './parts.ts'
import { ride } from './ride.ts'
import type { Track, Unit } from './ride.ts'

/**
 * Many promotions and plain copies as one batch: planned first, then done side by side through one client. One that
 * fails stops no other. Everything is found again by a second run, which does only what is left.
 */
export async function runTrain(order: TrainOrder, parts: TrainParts): Promise<TrainAnswer> {
  const before = parts.requests()
  const { promotions, images } = order
  const plan = images.length > 0 ? await planned(order, parts) : nothing
  const ended = await ride([...promotionTracks(order, parts), ...plan.tracks], order, parts)
  const names = [...promotions.map(promotionName), ...images.map(imageName)]
  const items = names.map((item, index): TrainItem => {
    const end = ended.get(index) ?? plan.ended.get(index)
    if (!end) throw new Error(`nothing became of ${item}`)
    return { item, ...end }
  })
  return answerOf(items, {
    dryRun: order.dryRun,
    interrupted: parts.signal.aborted,
    hosts: plan.hosts,
    requests: parts.requests() - before,
  })
}

const nothing: ImagePlan = { tracks: [], ended: new Map(), hosts: [] }

async function planned(order: TrainOrder, parts: TrainParts) {
  parts.onStep({ kind: 'step', step: 'plan', state: 'start' })
  const plan = await planImages(order, order.promotions.length, parts)
  const note = `${plan.tracks.length} of ${order.images.length} images to move`
  parts.onStep({ kind: 'step', step: 'plan', state: 'done', note })
  return plan
}

/** The promotions of one application follow each other: the second may need what the first brings. */
function promotionTracks({ promotions, dryRun }: TrainOrder, parts: TrainParts): readonly Track[] {
  const tracks = new Map<string, Unit[]>()
  for (const [index, command] of promotions.entries()) {
    const track = tracks.get(command.application) ?? []
    tracks.set(command.application, track)
    track.push({
      item: promotionName(command),
      index,
      run: async (telling) => {
        const promotion = await parts.promote({ ...command, dryRun }, telling)
        return { outcome: promotion.outcome, promotion }
      },
    })
  }
  return [...tracks.values()]
}

function promotionName({ application, to }: PromoteCommand): string {
  return `${application} → ${to}`
}
