import { fail, isFailure, limits, printableLine } from '../base/index.ts'
import { isAbout, predicateTypes, promotionRecord, readPredicate } from '../attestation/index.ts'
import type { PromotionRecord, RecordLink, Signer, VerifiedStatement } from '../attestation/index.ts'
import { formatRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import type { ImageStore, StoredManifest } from '../registry/index.ts'
import { signingErrors, verifySigned } from '../signing/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import type { Occupancy } from '../policy/index.ts'
import { bundleIn, isOutage } from './collect.ts'
import { assessmentErrors } from './errors.ts'
import { kept } from './reading.ts'
import { circumstances } from './verify.ts'

/** The tag that points at an environment's newest promotion record (DESIGN §2.3). */
export function chainTag(environment: string): string {
  return `promotions.${environment}`
}

/** One verified promotion record in its place. */
export interface ChainRecord {
  /** The OCI manifest that carries the record's bundle. */
  readonly manifest: StoredManifest
  readonly record: Digest
  readonly payload: Digest
  readonly sequence: number
  /** The digest that was promoted. */
  readonly digest: Digest
  readonly predicate: PromotionRecord
  readonly signer: Signer
}

/** Whose chain: one application in one environment, in that environment's repository. */
export interface ChainPlace {
  readonly store: ImageStore
  readonly application: string
  readonly environment: string
  readonly trust: TrustPolicy
  readonly now: Date
}

/**
 * The newest record of an environment; undefined when nothing was promoted there yet.
 * @throws RECORD_INVALID when the tag points at anything but a record this chain's signers may write
 */
export async function readHead(place: ChainPlace): Promise<ChainRecord | undefined> {
  const stored = await place.store.manifest(chainTag(place.environment))
  return stored && readRecord(place, stored)
}

/**
 * Walks the chain from its head to sequence 1, checking every link.
 * @throws RECORD_INVALID, RECORD_CHAIN_BROKEN
 */
export async function* walkChain(place: ChainPlace): AsyncGenerator<ChainRecord> {
  let current = await readHead(place)
  for (let length = 0; current; length++) {
    if (length >= limits.recordChain) throw broken(place, `longer than ${limits.recordChain} records`)
    yield current
    current = await predecessor(place, current)
  }
}

/** The record before this one. @throws RECORD_CHAIN_BROKEN when it is missing, changed or out of sequence */
export async function predecessor(place: ChainPlace, current: ChainRecord): Promise<ChainRecord | undefined> {
  const link = current.predicate.previous
  if (!link) {
    if (current.sequence === 1) return undefined
    throw broken(place, `record ${current.sequence} names no predecessor`)
  }
  const stored = await place.store.manifest(link.record)
  if (!stored) throw broken(place, `record ${current.sequence} names ${link.record}, which is not there`)
  const found = await readRecord(place, stored)
  checkLink(place, current, found, link)
  return found
}

function checkLink(place: ChainPlace, current: ChainRecord, found: ChainRecord, link: RecordLink): void {
  if (found.payload !== link.payload)
    throw broken(place, `record ${current.sequence} was signed over another predecessor`)
  if (found.sequence !== current.sequence - 1) {
    throw broken(
      place,
      `record ${current.sequence} follows record ${found.sequence}, expected ${current.sequence - 1}`,
    )
  }
}

/** One record by its manifest digest. @throws RECORD_INVALID when it is not a sound record of this chain's place */
export async function recordAt(place: ChainPlace, record: Digest): Promise<ChainRecord> {
  const stored = await place.store.manifest(record)
  if (!stored) throw invalid(place, record, 'is missing')
  return readRecord(place, stored)
}

async function readRecord(place: ChainPlace, stored: StoredManifest): Promise<ChainRecord> {
  try {
    return await verifiedRecord(place, stored)
  } catch (cause) {
    if (isOutage(cause) || isFailure(cause, assessmentErrors.RECORD_INVALID, signingErrors.TRUST_EXPIRED))
      throw cause
    const why = cause instanceof Error ? cause.message : 'unknown'
    throw invalid(place, stored.descriptor.digest, `cannot be read: ${why.replace(/\.$/, '')}`, cause)
  }
}

async function verifiedRecord(place: ChainPlace, stored: StoredManifest): Promise<ChainRecord> {
  const subject = stored.manifest.subject?.digest
  const [content] = subject ? await bundleIn(place.store, stored, kept) : []
  if (!subject || !content)
    throw invalid(place, stored.descriptor.digest, 'is not a signed bundle about an image')
  const judged = verifySigned(content, subject, place.trust, circumstances(place.store, place.now))
  if ('state' in judged)
    throw invalid(place, stored.descriptor.digest, `is ${judged.state}: ${judged.reason}`)
  return asChainRecord(place, stored, judged, subject)
}

function asChainRecord(
  place: ChainPlace,
  manifest: StoredManifest,
  judged: VerifiedStatement,
  subject: Digest,
): ChainRecord {
  const record = manifest.descriptor.digest
  if (judged.predicateType !== predicateTypes.promotion)
    throw invalid(place, record, `is a ${judged.predicateType}, not a promotion`)
  const predicate = readPredicate(promotionRecord, judged.statement, `${place.store.location}@${record}`)
  const { application, environment, image, to } = predicate
  if (application !== place.application || environment !== place.environment) {
    throw invalid(place, record, `is about ${application} in ${environment}`)
  }
  // Trusted signers write for several places; a record copied here from another registry moves nothing here.
  const here = place.store.repository
  if (here && to.repository !== formatRepository(here))
    throw invalid(place, record, `is about the repository ${printableLine(to.repository)}`)
  if (image.digest !== subject || !isAbout(judged.statement, image.digest))
    throw invalid(place, record, 'names another image than it is attached to')
  return {
    manifest,
    record,
    payload: judged.payload,
    sequence: Number(predicate.sequence),
    digest: image.digest,
    predicate,
    signer: judged.signer,
  }
}

/** Who was there when: a chain, newest first → one stretch per record, oldest first. */
export function occupancyOf(newestFirst: readonly ChainRecord[]): readonly Occupancy[] {
  return newestFirst.toReversed().map((record, index, oldestFirst) => ({
    digest: record.digest,
    since: record.predicate.finishedOn,
    until: oldestFirst[index + 1]?.predicate.finishedOn,
    sequence: record.sequence,
    record: record.payload,
  }))
}

function invalid(place: ChainPlace, record: Digest, why: string, cause?: unknown) {
  return fail(assessmentErrors.RECORD_INVALID, {
    message: `The promotion record of ${place.application} in ${place.environment} ${why.replace(/\.$/, '')}.`,
    where: `${place.store.location}@${record}`,
    cause,
  })
}

function broken(place: ChainPlace, why: string) {
  return fail(assessmentErrors.RECORD_CHAIN_BROKEN, {
    message: `The record chain of ${place.application} in ${place.environment} is broken: ${why}.`,
    where: `${place.store.location}:${chainTag(place.environment)}`,
  })
}
