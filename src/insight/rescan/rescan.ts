import { timestamp, WaybillError } from '../../base/index.ts'
import type { Reader } from '../../assessment/index.ts'
import { formatRepository } from '../../oci/index.ts'
import type { Parts } from '../../promotion/index.ts'
import type { RescanAnswer, RescannedImage } from '../rescan-answer.ts'
import { expiringSoon } from './expiring.ts'
import { standingOf } from './judge-standing.ts'
import { nearestAdmitted } from './nearest.ts'
import type { StandingImage, StandingImages } from './standing-images.ts'

export interface RescanQuestion {
  readonly standing: StandingImages
  /** Milliseconds. */
  readonly warnWithin: number
  readonly imported: RescanAnswer['imported']
  /** What went wrong while an image was scanned. */
  readonly problems: ReadonlyMap<StandingImage, WaybillError>
}

/** What is live or ready for a rollback, judged by today's policy, evidence, waivers and signers. Reads only. */
export async function rescan(
  { standing, warnWithin, imported, problems }: RescanQuestion,
  reader: Reader,
  parts: Parts,
): Promise<RescanAnswer> {
  const now = parts.clock.now()
  const until = new Date(now.getTime() + warnWithin)
  const images: RescannedImage[] = []
  for (const image of standing.images)
    images.push(await rescanned(image, until, problems.get(image), reader, parts))
  const { unread } = standing
  return {
    kind: 'rescan',
    judgedOn: timestamp(now),
    warnUntil: timestamp(until),
    outcome: outcomeOf(images, unread.length > 0),
    images,
    unread,
    imported,
  }
}

async function rescanned(
  image: StandingImage,
  until: Date,
  problem: WaybillError | undefined,
  reader: Reader,
  parts: Parts,
): Promise<RescannedImage> {
  const told = toldOf(image)
  try {
    const standing = await standingOf(image, reader, parts)
    const now = parts.clock.now()
    const { verdict, left } = await standing.at(now)
    const isOut = verdict.result !== 'pass'
    const [expiring, nearest] = await Promise.all([
      expiringSoon(standing, now, until),
      isOut ? nearestAdmitted(image, reader, parts) : undefined,
    ])
    return {
      ...told,
      result: verdict.result,
      gates: verdict.gates,
      left,
      expiring,
      ...(nearest && { nearest }),
      ...(problem && { problem: problemOf(problem) }),
    }
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error
    return { ...told, result: 'error', gates: [], left: [], expiring: [], problem: problemOf(error) }
  }
}

function toldOf({ stop, role, record }: StandingImage) {
  const { version, finishedOn } = record.predicate
  return {
    application: stop.application,
    environment: stop.environment,
    repository: formatRepository(stop.repository),
    role,
    digest: record.digest,
    ...(version && { version }),
    sequence: record.sequence,
    since: finishedOn,
  }
}

const problemOf = ({ code, message }: WaybillError) => ({ code, message })

/** A definite no outranks what could not be told, as with gates. */
function outcomeOf(images: readonly RescannedImage[], isUnread: boolean): RescanAnswer['outcome'] {
  const has = (result: RescannedImage['result']) => images.some((image) => image.result === result)
  if (has('fail')) return 'refused'
  if (isUnread || has('error') || images.some(({ problem }) => problem)) return 'error'
  if (has('pending') || images.some(({ expiring }) => expiring.length > 0)) return 'pending'
  return 'admitted'
}
