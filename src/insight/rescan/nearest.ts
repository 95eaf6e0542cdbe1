import { isFailure } from '../../base/index.ts'
import type { ChainRecord, Reader } from '../../assessment/index.ts'
import type { Digest } from '../../oci/index.ts'
import { chainPlace } from '../../promotion/index.ts'
import type { Parts } from '../../promotion/index.ts'
import { registryErrors } from '../../registry/index.ts'
import type { ImageStore } from '../../registry/index.ts'
import type { NearestDigest } from '../rescan-answer.ts'
import { candidateStanding } from './judge-standing.ts'
import type { StandingImage } from './standing-images.ts'

/** Digests of the environment's past that are looked at. */
const LOOK_BACK = 20

interface Candidate {
  readonly record: ChainRecord
  readonly environment: string
  readonly store: ImageStore
}

/**
 * What could take its place: of the environment's own records the newest digest that would be admitted, else what an
 * upstream environment holds. undefined = nothing would.
 */
export async function nearestAdmitted(
  image: StandingImage,
  reader: Reader,
  parts: Parts,
): Promise<NearestDigest | undefined> {
  const seen = new Set<Digest>([image.record.digest])
  for (const { record, environment, store } of await candidates(image, reader, parts)) {
    if (seen.has(record.digest)) continue
    seen.add(record.digest)
    if (!(await isAdmitted(image, record.digest, store, reader, parts))) continue
    const { version } = record.predicate
    const { digest, sequence } = record
    return { digest, environment, sequence, ...(version && { version }) }
  }
  return undefined
}

async function candidates(
  { stop, chain }: StandingImage,
  reader: Reader,
  parts: Parts,
): Promise<readonly Candidate[]> {
  const store = parts.store(stop.repository)
  const own = chain.slice(0, LOOK_BACK).map((record) => ({ record, environment: stop.environment, store }))
  const upstream = stop.upstream.map((name) => parts.stop(stop.application, name))
  const heads = await Promise.all(
    upstream.map(async (place) => {
      const [record] = await reader.chain(chainPlace(place, parts))
      return record && { record, environment: place.environment, store: parts.store(place.repository) }
    }),
  )
  return [...own, ...heads.filter((one) => one !== undefined)]
}

async function isAdmitted(
  image: StandingImage,
  digest: Digest,
  store: ImageStore,
  reader: Reader,
  parts: Parts,
): Promise<boolean> {
  try {
    const standing = await candidateStanding(image, digest, store, reader, parts)
    return (await standing.at(parts.clock.now())).verdict.result === 'pass'
  } catch (error) {
    if (isFailure(error, registryErrors.MANIFEST_MISSING, registryErrors.BLOB_MISSING)) return false
    throw error
  }
}
