import { fail, timestamp } from '../base/index.ts'
import { barredAfter, predicateTypes, statementsOf } from '../attestation/index.ts'
import type { PromotionRecord } from '../attestation/index.ts'
import { assessmentErrors, chainTag, digestGraph } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
import { formatRepository, shortDigest } from '../oci/index.ts'
import type { Descriptor, Digest } from '../oci/index.ts'
import { forcedBy } from '../policy/index.ts'
import { attachStatement } from './attach-statement.ts'
import { raceLosers } from './race-losers.ts'
import { recordAhead } from './record-ahead.ts'
import { follows, recordsAmong } from './record-attempts.ts'
import { chainPlace } from './road.ts'
import type { Parts } from './road.ts'
import type { AttachedRecord, CopiedImage } from './steps.ts'

/**
 * record: a signed promotion record on the digest, naming its predecessor. A record that an interrupted run
 * left behind for this very step is taken over, so a re-run never makes a second one. One that lost a race and could
 * not be taken away then goes when ours stands.
 * @throws RECORD_CHAIN_FORKED when the digest, or one that our tags are taken from, carries a record the chain should
 *   contain but does not
 */
export async function attachRecord(copied: CopiedImage, parts: Parts): Promise<AttachedRecord> {
  const listed = await copied.destination.referrers(copied.image.digest)
  const place = chainPlace(copied.stop, parts)
  const { attempts, losers } = await earlierRecords(copied, listed, place)
  const ahead = await recordAhead(copied.stop, copied.head, takenFrom(copied), parts)
  if (ahead) throw forked(place, ahead, copied.head)
  const mine = attempts.find((attempt) => saysTheSame(attempt, copied))
  const record = mine ?? (await writeRecord(copied, parts))
  const others = [...attempts.filter((attempt) => attempt !== mine), ...losers]
  const superseded = others.map((other) => other.record)
  const known = new Set(listed.map(({ digest }) => digest))
  return { ...copied, record, isOurs: mine === undefined, superseded, listed: known }
}

/** What our floating tags name until now: what is in the environment, unless somebody turned its chain back. */
function takenFrom({ tags, image }: CopiedImage): readonly Digest[] {
  return tags.tags.flatMap(({ mobility, before }) =>
    mobility === 'floating' && before && before !== image.digest ? [before] : [],
  )
}

interface EarlierRecords {
  /** They follow the chain's head as ours would. */
  readonly attempts: readonly ChainRecord[]
  readonly losers: readonly ChainRecord[]
}

async function earlierRecords(
  copied: CopiedImage,
  listed: readonly Descriptor[],
  place: ChainPlace,
): Promise<EarlierRecords> {
  const { head, image } = copied
  const elsewhere = recordsElsewhere(copied)
  const asked = listed.filter((entry) => !elsewhere.has(entry.digest))
  const found = await recordsAmong(place, image.digest, asked)
  const attempts = found.filter((record) => follows(record, head))
  const past = found.filter((record) => !attempts.includes(record))
  const later = past.find((record) => record.sequence > (head?.sequence ?? 0))
  if (later) throw forked(place, later, head)
  return { attempts, losers: await raceLosers(past, head, place) }
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
  const forced = forcedBy(copied.verdict.gates)
  const step = {
    kind: kindOf(copied),
    sequence: String((head?.sequence ?? 0) + 1),
    image: { mediaType, digest, size },
    finishedOn: timestamp(parts.clock.now()),
    ...(reason && { reason }),
  }
  return {
    ...step,
    application: stop.application,
    environment: stop.environment,
    ...(head && { previous: { record: head.record, payload: head.payload } }),
    from: copied.from,
    to: {
      repository: formatRepository(stop.repository),
      tags: copied.tags.tags.map((planned) => planned.tag),
    },
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
    ...(forced.length > 0 && { breakGlass: [...forced] }),
    quarantined: [...barredAfter(copied.barred, head?.digest, step)],
    startedOn: copied.startedOn,
  }
}

function kindOf(copied: Pick<CopiedImage, 'action' | 'verdict'>): PromotionRecord['kind'] {
  if (copied.action === 'rollback') return 'rollback'
  return forcedBy(copied.verdict.gates).length > 0 ? 'break-glass' : 'promote'
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
