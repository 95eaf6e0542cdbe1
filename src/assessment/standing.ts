import { fail, limits } from '../base/index.ts'
import { placeDigest } from '../attestation/index.ts'
import type { Evidence, UnusableStatement, VerifiedStatement } from '../attestation/index.ts'
import { mediaTypes } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { StoredManifest } from '../registry/index.ts'
import { verifySigned } from '../signing/index.ts'
import type { ChainPlace } from './chain.ts'
import { isOutage } from './collect.ts'
import { assessmentErrors } from './errors.ts'
import { kept } from './reading.ts'
import { circumstances } from './verify.ts'

/** The tag under which the standing orders of an environment are kept, in its own repository. */
export function standingTag(environment: string): string {
  return `standing.${environment}`
}

/** One bundle of the list, judged under the trust policy with the place itself as the subject. */
export interface ReadOrder {
  readonly layer: Descriptor
  readonly judged: VerifiedStatement | UnusableStatement
}

/** Everything that was ordered about a place and no image. */
export interface Standing {
  /** The manifest that lists it; undefined when nothing was ever ordered. */
  readonly manifest: StoredManifest | undefined
  /** In the order they were added. */
  readonly orders: readonly ReadOrder[]
  readonly evidence: Evidence
}

/**
 * The standing orders of an application in an environment: one request when nothing is new.
 * @throws STANDING_INVALID when an order that is listed cannot be read: it may be the hold that matters
 */
export async function readStanding(place: ChainPlace): Promise<Standing> {
  const manifest = await read(place, 'its manifest', () =>
    place.store.manifest(standingTag(place.environment)),
  )
  if (!manifest) return { manifest, orders: [], evidence: { valid: [], unusable: [] } }
  const orders = await Promise.all(
    layersIn(place, manifest).map((layer) => readOrder(place, manifest, layer)),
  )
  const valid = orders.flatMap(({ judged }) => ('state' in judged ? [] : [judged]))
  const unusable = orders.flatMap(({ judged }) => ('state' in judged ? [judged] : []))
  return { manifest, orders, evidence: { valid, unusable } }
}

function layersIn(place: ChainPlace, { manifest }: StoredManifest): readonly Descriptor[] {
  if (manifest.kind !== 'manifest' || manifest.artifactType !== mediaTypes.standingOrders)
    throw invalid(place, `Found ${manifest.mediaType}, expected a manifest of ${mediaTypes.standingOrders}.`)
  const orders = manifest.layers.filter(({ mediaType }) => mediaType === mediaTypes.sigstoreBundle)
  const bytes = orders.reduce((sum, { size }) => sum + size, 0)
  if (orders.length > limits.standingOrders || bytes > limits.evidenceBytes)
    throw invalid(
      place,
      `Found ${orders.length} orders of ${bytes} bytes, the limit is ${limits.standingOrders}.`,
    )
  return orders
}

async function readOrder(
  place: ChainPlace,
  { descriptor }: StoredManifest,
  layer: Descriptor,
): Promise<ReadOrder> {
  const bytes = await read(place, layer.digest, () => kept.blob(place.store, layer, limits.bundleBytes))
  const origin = { manifest: descriptor.digest, format: 'bundle' } as const
  const at = circumstances(place.store, place.now)
  return {
    layer,
    judged: verifySigned({ format: 'bundle', bytes, origin }, placeDigest(place), place.trust, at),
  }
}

async function read<T>(place: ChainPlace, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isOutage(cause)) throw cause
    throw invalid(place, `It cannot be read (${what}): ${(cause as Error).message}`, cause)
  }
}

function invalid({ store, environment }: ChainPlace, message: string, cause?: unknown) {
  return fail(assessmentErrors.STANDING_INVALID, {
    message,
    where: `${store.location}:${standingTag(environment)}`,
    cause,
  })
}
