import { isFailure } from '../base/index.ts'
import { assessmentErrors, walkChain } from '../assessment/index.ts'
import type { ChainRecord } from '../assessment/index.ts'
import { sameRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { repairImage } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { RepairAnswer, RepairCommand } from './commands.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'

/** Digests looked at in each environment: what runs and what a rollback would go back to. */
const KEPT = 2

/**
 * Looks at what runs in the environments of an application, and at what ran there before, down to the last blob,
 * and mends it from the repositories of its other environments. What the promotion records say was carried must be listed.
 */
export async function repair(command: RepairCommand, parts: Parts): Promise<RepairAnswer> {
  const stops = parts.environments().map((name) => parts.stop(command.application, name))
  const asked = command.environment ? [parts.stop(command.application, command.environment)] : stops
  const images = []
  for (const stop of asked) images.push(...(await repairStop(stop, stops, command, parts)))
  return repairAnswer(images)
}

/** One answer for several images: the worst of them. */
export function repairAnswer(images: RepairAnswer['images']): RepairAnswer {
  const has = (outcome: RepairAnswer['outcome']) => images.some((image) => image.outcome === outcome)
  return {
    kind: 'repair',
    outcome: has('broken') ? 'broken' : has('repaired') ? 'repaired' : 'whole',
    images,
  }
}

async function repairStop(stop: Stop, stops: readonly Stop[], { dryRun }: RepairCommand, parts: Parts) {
  const { onStep, signal } = parts
  const how = { dryRun, onStep, signal }
  const store = parts.store(stop.repository)
  const sources = otherStores(stop, stops, parts)
  const reports = []
  for (const [root, records] of await digestsIn(stop, parts)) {
    const known = [...new Set(records.flatMap(({ record, predicate }) => [record, ...predicate.carried]))]
    const report = await repairImage({ store, root, sources, known, onlyKnown: true, ...how })
    reports.push({ environment: stop.environment, ...report })
  }
  return reports
}

/** Nearest upstream first would be no better than any other: content is addressed by digest. */
function otherStores(stop: Stop, stops: readonly Stop[], parts: Parts): readonly ImageStore[] {
  const others = stops.filter(({ repository }) => !sameRepository(repository, stop.repository))
  const distinct = new Map(others.map(({ repository }) => [parts.store(repository), repository]))
  return [...distinct.keys()]
}

/** The newest digests of an environment with their records. A chain that is broken further back is read up to there. */
async function digestsIn(stop: Stop, parts: Parts): Promise<ReadonlyMap<Digest, readonly ChainRecord[]>> {
  const digests = new Map<Digest, ChainRecord[]>()
  try {
    for await (const record of walkChain(chainPlace(stop, parts))) {
      const known = digests.get(record.digest)
      if (!known && digests.size === KEPT) break
      digests.set(record.digest, [...(known ?? []), record])
    }
  } catch (error) {
    if (!isFailure(error, assessmentErrors.RECORD_CHAIN_BROKEN)) throw error
    parts.onStep({ kind: 'warning', code: error.code, message: error.message })
  }
  return digests
}
