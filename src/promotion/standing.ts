import { fail, isFailure, limits, pause } from '../base/index.ts'
import { makePlaceStatement, placeDigest } from '../attestation/index.ts'
import type { VerifiedStatement } from '../attestation/index.ts'
import { circumstances, readStanding, standingTag } from '../assessment/index.ts'
import type { Standing } from '../assessment/index.ts'
import { digestOf, emptyConfig, manifestBytes, mediaTypes } from '../oci/index.ts'
import type { Descriptor } from '../oci/index.ts'
import { attachArtifact, registryErrors } from '../registry/index.ts'
import { signingErrors, signStatement, verifySigned } from '../signing/index.ts'
import type { Signer } from '../signing/index.ts'
import { promotionErrors } from './errors.ts'
import { stillListed } from './still-listed.ts'
import { chainPlace } from './road.ts'
import type { Parts, Stop } from './road.ts'

/** A statement about the place itself. */
export interface StandingOrder {
  readonly stop: Stop
  readonly predicateType: string
  readonly predicate: object
  readonly signer: Signer
}

interface SignedOrder {
  readonly judged: VerifiedStatement
  readonly bytes: Buffer
  readonly layer: Descriptor
}

/** Tries before giving up when others write at the same time. */
const TRIES = 6
/** Milliseconds until the order is looked for once more: where If-Match is ignored, somebody may write over it. */
const SETTLE = 250

/**
 * Signs a standing order, unless trust.yaml does not let this key say it. Nothing is written.
 * @throws SIGNER_UNTRUSTED
 */
export async function signOrder(order: StandingOrder, parts: Parts): Promise<SignedOrder> {
  const { stop, predicateType, predicate, signer } = order
  const { bytes } = await signStatement(makePlaceStatement(stop, predicateType, predicate), signer)
  const layer = {
    mediaType: mediaTypes.sigstoreBundle,
    digest: digestOf(bytes),
    size: bytes.length,
    annotations: { 'dev.sigstore.bundle.predicateType': predicateType },
  }
  const subject = placeDigest(stop)
  const at = circumstances(parts.store(stop.repository), parts.clock.now())
  const content = { format: 'bundle', bytes, origin: { manifest: layer.digest, format: 'bundle' } } as const
  const judged = verifySigned(content, subject, parts.trust, at)
  if (!('state' in judged)) return { judged, bytes, layer }
  throw fail(signingErrors.SIGNER_UNTRUSTED, {
    message: `The trust policy would not accept this ${predicateType}: ${judged.reason}`,
    where: parts.store(stop.repository).location,
    next: 'Add the public key to trust.yaml with this fact in mayAssert, or sign with the key that is there.',
  })
}

/**
 * Adds a signed order to those of its place. Orders are a set, so whoever loses a race reads again and adds to what
 * the other wrote. At the end the list is read once more.
 * @throws STANDING_CONFLICT when others keep writing; STANDING_INVALID
 */
export async function appendOrder(order: SignedOrder, stop: Stop, parts: Parts): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const standing = await readStanding(chainPlace(stop, parts))
    if (isListed(standing, order)) return
    if (await tryAppend(order, standing, stop, parts)) {
      await pause(SETTLE, parts.signal)
      if (isListed(await readStanding(chainPlace(stop, parts)), order)) return
    } else await pause(attempt * 20, parts.signal)
  }
  throw fail(promotionErrors.STANDING_CONFLICT, {
    message: `Others kept writing the standing orders of ${stop.application} in ${stop.environment}.`,
    where: `${parts.store(stop.repository).location}:${standingTag(stop.environment)}`,
  })
}

function isListed({ orders }: Standing, { layer }: SignedOrder): boolean {
  return orders.some((one) => one.layer.digest === layer.digest)
}

/** False when somebody else was faster. */
async function tryAppend(
  { bytes, layer, judged }: SignedOrder,
  standing: Standing,
  stop: Stop,
  parts: Parts,
): Promise<boolean> {
  const { manifest } = standing
  const layers = [...stillListed(standing, judged, parts.clock.now()), layer]
  if (layers.length > limits.standingOrders) throw tooMany(stop, layers.length, parts)
  const store = parts.store(stop.repository)
  const stored = await attachArtifact(store, {
    manifest: standingManifest(layers),
    mediaType: mediaTypes.ociManifest,
    blobs: [emptyConfig, { descriptor: layer, bytes }],
  })
  try {
    await store.putTag(standingTag(stop.environment), stored, manifest?.descriptor.digest ?? 'absent')
    return true
  } catch (error) {
    if (isFailure(error, registryErrors.TAG_CONFLICT)) return false
    throw error
  }
}

/** No subject: it hangs on no image. No time either: the same orders are the same manifest, whoever wrote it. */
function standingManifest(layers: readonly Descriptor[]): Buffer {
  return manifestBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: mediaTypes.standingOrders,
    config: emptyConfig.descriptor,
    layers,
  })
}

function tooMany(stop: Stop, found: number, parts: Parts) {
  return fail(promotionErrors.STANDING_FULL, {
    message: `${stop.application} in ${stop.environment} would have ${found} standing orders, the limit is ${limits.standingOrders}.`,
    where: `${parts.store(stop.repository).location}:${standingTag(stop.environment)}`,
  })
}
