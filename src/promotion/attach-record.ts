import { fail, isFailure, timestamp } from '../base/index.ts'
import { predicateTypes, statementsOf } from '../attestation/index.ts'
import type { PromotionRecord } from '../attestation/index.ts'
import { assessmentErrors, chainTag, digestGraph, recordAt } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { attachStatement } from './attach-statement.ts'
import { chainPlace } from './road.ts'
import type { Parts } from './road.ts'
import type { AttachedRecord, CopiedImage } from './steps.ts'

/**
 * record: a signed promotion record on the digest, naming its predecessor. A record that an interrupted run
 * left behind for this very step is taken over, so a re-run never makes a second one.
 * @throws RECORD_CHAIN_FORKED when the digest carries a record the chain should contain but does not
 */
export async function attachRecord(copied: CopiedImage, parts: Parts): Promise<AttachedRecord> {
  const attempts = await earlierAttempts(copied, chainPlace(copied.stop, parts))
  const mine = attempts.find((attempt) => saysTheSame(attempt, copied))
  const record = mine ?? (await writeRecord(copied, parts))
  const superseded = attempts.filter((attempt) => attempt !== mine).map((attempt) => attempt.record)
  return { ...copied, record, isOurs: mine === undefined, superseded }
}

/** Records on this digest that follow the chain's head as ours would. */
async function earlierAttempts(copied: CopiedImage, place: ChainPlace): Promise<readonly ChainRecord[]> {
  const listed = await copied.destination.referrers(copied.image.digest)
  const elsewhere = recordsElsewhere(copied)
  const asked = listed.filter((entry) => mayBePromotion(entry) && !elsewhere.has(entry.digest))
  const read = await Promise.all(asked.map((entry) => readAttempt(place, entry)))
  // A list of referrers is anybody's word: a leftover record of another image must not become this promotion's.
  const found = read.filter((record) => record?.digest === copied.image.digest) as readonly ChainRecord[]
  const later = found.find(
    (record) => record.sequence > (copied.head?.sequence ?? 0) && !follows(record, copied.head),
  )
  if (later) throw forked(place, later, copied.head)
  return found.filter((record) => follows(record, copied.head))
}

function saysTheSame({ predicate }: ChainRecord, copied: CopiedImage): boolean {
  return predicate.kind === kindOf(copied) && predicate.version === copied.version
}

/** Records of other environments that were verified on the way here: no need to fetch them again. */
function recordsElsewhere({ evidence, stop }: CopiedImage): ReadonlySet<Digest> {
  const records = evidence ? statementsOf(evidence, predicateTypes.promotion) : []
  const others = records.filter(({ statement }) => statement.predicate.environment !== stop.environment)
  return new Set(others.map((other) => other.origin.manifest))
}

async function readAttempt(place: ChainPlace, descriptor: Descriptor): Promise<ChainRecord | undefined> {
  try {
    return await recordAt(place, descriptor.digest)
  } catch (error) {
    // Another environment's record, or one nobody trusted signed: not ours to judge here.
    if (isFailure(error, assessmentErrors.RECORD_INVALID)) return undefined
    throw error
  }
}

function mayBePromotion({ annotations }: Descriptor): boolean {
  const type = annotations?.['dev.sigstore.bundle.predicateType']
  return type === undefined || type === predicateTypes.promotion
}

function follows(found: ChainRecord, head: ChainRecord | undefined): boolean {
  const { previous } = found.predicate
  return head
    ? previous?.record === head.record && previous.payload === head.payload
    : previous === undefined && found.sequence === 1
}

async function writeRecord(copied: CopiedImage, parts: Parts): Promise<ChainRecord> {
  const predicate = recordOf(copied, parts)
  const attached = await attachStatement(
    {
      store: copied.destination,
      image: copied.image,
      predicateType: predicateTypes.promotion,
      predicate,
      signer: await parts.signer('promotion'),
    },
    parts,
  )
  return {
    manifest: attached.manifest,
    record: attached.manifest.descriptor.digest,
    payload: attached.payload,
    sequence: Number(predicate.sequence),
    digest: copied.image.digest,
    predicate,
    signer: attached.signer,
  }
}

function recordOf(copied: CopiedImage, parts: Parts): PromotionRecord {
  const { stop, image, head, version, commit, reason, requestedBy, rollbackOf } = copied
  const { mediaType, digest, size } = image.root.descriptor
  const approvals = copied.verdict.gates
    .filter((gate) => gate.gate === 'approval')
    .flatMap((gate) => gate.evidence)
  return {
    application: stop.application,
    environment: stop.environment,
    kind: kindOf(copied),
    sequence: String((head?.sequence ?? 0) + 1),
    ...(head && { previous: { record: head.record, payload: head.payload } }),
    from: copied.from,
    to: {
      repository: formatRepository(stop.repository),
      tags: copied.tags.tags.map((planned) => planned.tag),
    },
    image: { mediaType, digest, size },
    platforms: digestGraph(image),
    ...(version && { version }),
    ...(commit && { commit }),
    policy: { digest: copied.policyDigest },
    gates: copied.verdict.gates.map(({ gate, result, reason: why, evidence }) => ({
      gate,
      result,
      reason: why,
      evidence: [...evidence],
    })),
    approvals,
    carried: [...copied.carried],
    ...(requestedBy && { requestedBy }),
    promoter: parts.promoter,
    ...(rollbackOf && { rollbackOf }),
    ...(reason && { reason }),
    startedOn: copied.startedOn,
    finishedOn: timestamp(parts.clock.now()),
  }
}

function kindOf(copied: CopiedImage): PromotionRecord['kind'] {
  return copied.action === 'rollback' ? 'rollback' : 'promote'
}

function forked(place: ChainPlace, found: ChainRecord, head: ChainRecord | undefined) {
  return fail(assessmentErrors.RECORD_CHAIN_FORKED, {
    message:
      `${shortDigest(found.digest)} carries record ${found.sequence} of ${place.application} in ${place.environment}, ` +
      `but the chain's newest is ${head ? `record ${head.sequence}` : 'none'} and does not lead to it.`,
    where: `${place.store.location}:${chainTag(place.environment)}`,
    detail: { record: found.record, sequence: found.sequence, head: head?.record },
  })
}
