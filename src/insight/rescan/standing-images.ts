import { isFailure, WaybillError } from '../../base/index.ts'
import type { ChainRecord, Reader } from '../../assessment/index.ts'
import { chainPlace, findTarget, promotionErrors } from '../../promotion/index.ts'
import type { Parts, Stop } from '../../promotion/index.ts'
import type { UnreadPlace } from '../rescan-answer.ts'

/** What is in an environment, or would be brought back to it. */
export interface StandingImage {
  readonly stop: Stop
  readonly role: 'live' | 'rollback'
  readonly record: ChainRecord
  /** The environment's records, newest first. */
  readonly chain: readonly ChainRecord[]
}

export interface StandingImages {
  readonly images: readonly StandingImage[]
  readonly unread: readonly UnreadPlace[]
}

/** Every environment's head, and where a rollback would go now. A place that cannot be read is told beside the others. */
export async function standingImages(
  stops: readonly Stop[],
  reader: Reader,
  parts: Parts,
): Promise<StandingImages> {
  const images: StandingImage[] = []
  const unread: UnreadPlace[] = []
  for (const stop of stops) {
    try {
      images.push(...(await imagesIn(stop, reader, parts)))
    } catch (error) {
      if (!(error instanceof WaybillError)) throw error
      const { application, environment } = stop
      unread.push({ application, environment, code: error.code, message: error.message })
    }
  }
  return { images, unread }
}

async function imagesIn(stop: Stop, reader: Reader, parts: Parts): Promise<readonly StandingImage[]> {
  const chain = await reader.chain(chainPlace(stop, parts))
  const [head] = chain
  if (!head) return []
  const target = await rollbackTarget(stop, parts)
  return [
    { stop, role: 'live', record: head, chain },
    ...(target ? [{ stop, role: 'rollback' as const, record: target, chain }] : []),
  ]
}

async function rollbackTarget(stop: Stop, parts: Parts): Promise<ChainRecord | undefined> {
  try {
    return (await findTarget(stop, undefined, parts)).target
  } catch (error) {
    if (isFailure(error, promotionErrors.NO_ROLLBACK_TARGET)) return undefined
    throw error
  }
}
