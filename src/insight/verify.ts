import { WaybillError } from '../base/index.ts'
import {
  predicateTypes,
  promotionRecord,
  provenanceTypes,
  readBuild,
  statementsOf,
} from '../attestation/index.ts'
import type { Evidence, PromotionRecord, VerifiedStatement } from '../attestation/index.ts'
import { assessmentErrors, evidenceOn, readStanding, walkChain } from '../assessment/index.ts'
import type { ChainPlace, ChainRecord } from '../assessment/index.ts'
import type { Digest } from '../oci/index.ts'
import { resolve } from '../registry/index.ts'
import type { ImageStore } from '../registry/index.ts'
import type { TrustPolicy } from '../signing/index.ts'
import type { Check, PromotionEntry, VerifyAnswer } from './answers.ts'
import { contentCheck } from './content.ts'
import { evidenceEntries, promotionEntry } from './entries.ts'
import { recordChecks, timesCheck } from './record-checks.ts'
import type { RecordOnImage } from './record-checks.ts'

export interface VerifyOrder {
  /** As typed, for the answer. */
  readonly reference: string
  readonly store: ImageStore
  readonly name: string
  readonly trust: TrustPolicy
  readonly now: Date
  /** Chains to walk to their ends; none when only a copy of the image is at hand. */
  readonly chains: readonly ChainPlace[]
}

/**
 * Checks everything that is signed about an image, from a registry or offline from a copied layout: content,
 * every statement, every record with the evidence it names, and every chain at hand.
 */
export async function verify(order: VerifyOrder): Promise<VerifyAnswer> {
  const { store, trust, now } = order
  const { digest } = (await resolve(store, order.name)).descriptor
  const evidence = await evidenceOn(store, digest, trust, now)
  const records = recordsOn(evidence)
  const walked = await Promise.all(order.chains.map(walk))
  const checks = [
    await contentCheck(store, digest),
    ...statementChecks(evidence),
    provenanceCheck(evidence),
    timesCheck(evidence),
    ...records.flatMap((record) => recordChecks(record, digest, evidence, orderedAt(record, walked))),
    ...walked.map(chainCheck),
    ...forkChecks(records, walked),
  ]
  return {
    kind: 'verification',
    reference: order.reference,
    digest,
    result: resultOf(checks),
    checks,
    evidence: evidenceEntries(evidence),
    promotions: promotionsOf(records, walked),
  }
}

function recordsOn(evidence: Evidence): readonly RecordOnImage[] {
  return statementsOf(evidence, predicateTypes.promotion).flatMap((statement) => {
    const predicate = promotionRecord.safeParse(statement.statement.predicate).data
    return predicate ? [{ statement, predicate }] : []
  })
}

/** No statement is no answer. An invalid statement fails an audit though it never stops a promotion; a foreign one is only told. */
function statementChecks({ valid, unusable }: Evidence): readonly Check[] {
  const sound: Check = {
    what: 'statements',
    result: valid.length > 0 ? 'pass' : 'fail',
    reason:
      valid.length > 0
        ? `${valid.length} signed statements verify.`
        : 'Nothing about this image was signed by anybody the trust policy lets say it.',
    evidence: valid.map((s) => s.payload),
  }
  const rest = unusable.map(({ state, reason, code, origin }): Check => ({
    what: `${state} statement`,
    result: state === 'invalid' ? 'fail' : 'note',
    code,
    reason,
    evidence: [origin.manifest],
  }))
  return [sound, ...rest]
}

function provenanceCheck(evidence: Evidence): Check {
  const found = evidence.valid.filter(({ predicateType }) => provenanceTypes.includes(predicateType))
  if (found.length > 0)
    return {
      what: 'provenance',
      result: 'pass',
      reason: `Signed provenance names its source and builder${vouchedNote(found)}.`,
      evidence: found.map((s) => s.payload),
    }
  return {
    what: 'provenance',
    result: 'note',
    reason: 'Nothing signed says where this image came from.',
    evidence: [],
  }
}

function vouchedNote(found: readonly VerifiedStatement[]): string {
  const issuers = new Set(found.flatMap(({ statement }) => readBuild(statement)?.issuer ?? []))
  return issuers.size > 0
    ? `, verified with tokens of ${[...issuers].join(' and ')}`
    : ', as claims of whoever built'
}

interface Walked {
  readonly place: ChainPlace
  readonly records: readonly ChainRecord[]
  /** Payloads of what was ordered about the place; undefined when the list cannot be read. */
  readonly ordered: ReadonlySet<Digest> | undefined
  readonly problem?: WaybillError
}

async function walk(place: ChainPlace): Promise<Walked> {
  const records: ChainRecord[] = []
  const ordered = await orderedIn(place)
  try {
    for await (const record of walkChain(place)) records.push(record)
    return { place, records, ordered }
  } catch (problem) {
    if (problem instanceof WaybillError) return { place, records, ordered, problem }
    throw problem
  }
}

// What was ordered about the place hangs on no image: a record may rest on it all the same.
async function orderedIn(place: ChainPlace): Promise<ReadonlySet<Digest> | undefined> {
  try {
    const { evidence } = await readStanding(place)
    return new Set(evidence.valid.map(({ payload }) => payload))
  } catch (error) {
    if (error instanceof WaybillError) return undefined
    throw error
  }
}

function orderedAt({ predicate }: RecordOnImage, walked: readonly Walked[]): Walked['ordered'] {
  return walked.find(({ place }) => isPlace(place, predicate))?.ordered
}

function chainCheck({ place, records, problem }: Walked): Check {
  const what = `chain of ${place.application} in ${place.environment}`
  const evidence = records.map((record) => record.payload)
  if (!problem)
    return {
      what,
      result: records.length > 0 ? 'pass' : 'note',
      reason: `${records.length} ${records.length === 1 ? 'record' : 'records'}, each link verified.`,
      evidence,
    }
  return {
    what,
    result: problem.exit === 3 ? 'fail' : 'error',
    code: problem.code,
    reason: problem.message,
    evidence,
  }
}

/** A validly signed record that its chain does not contain: the chain was cut, moved back or written twice. */
function forkChecks(records: readonly RecordOnImage[], walked: readonly Walked[]): readonly Check[] {
  return records.flatMap(({ statement, predicate }) => {
    const chain = walked.find(({ place, problem }) => !problem && isPlace(place, predicate))
    if (!chain || chain.records.some((record) => record.payload === statement.payload)) return []
    const what = `record ${predicate.sequence} of ${predicate.application} in ${predicate.environment}`
    const reason = `It is validly signed, but the chain of ${chain.records.length} records does not contain it.`
    const check: Check = {
      what,
      result: 'fail',
      code: assessmentErrors.RECORD_CHAIN_FORKED.code,
      reason,
      evidence: [statement.payload],
    }
    return [check]
  })
}

function isPlace(place: ChainPlace, predicate: PromotionRecord): boolean {
  return place.application === predicate.application && place.environment === predicate.environment
}

function promotionsOf(
  records: readonly RecordOnImage[],
  walked: readonly Walked[],
): readonly PromotionEntry[] {
  const heads = new Set(walked.map((chain) => chain.records[0]?.payload))
  const entries = records.map(({ statement, predicate }) =>
    promotionEntry({ ...identityOf(statement), predicate }, heads.has(statement.payload)),
  )
  return entries.toSorted((a, b) => a.finishedOn.localeCompare(b.finishedOn))
}

function identityOf({ payload, signer, origin }: VerifiedStatement) {
  return { payload, signer, record: origin.manifest }
}

function resultOf(checks: readonly Check[]): VerifyAnswer['result'] {
  if (checks.some((check) => check.result === 'fail')) return 'fail'
  return checks.some((check) => check.result === 'error') ? 'error' : 'pass'
}
