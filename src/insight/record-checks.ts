import { claimedOn } from '../attestation/index.ts'
import type { Evidence, PromotionRecord, RecordedGate, VerifiedStatement } from '../attestation/index.ts'
import { assessmentErrors } from '../assessment/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { CLOCK_SKEW } from '../policy/index.ts'
import { signingErrors } from '../signing/index.ts'
import type { Check } from './answers.ts'

/** A promotion record that hangs on the image, validly signed. */
export interface RecordOnImage {
  readonly statement: VerifiedStatement
  readonly predicate: PromotionRecord
}

/**
 * What a record says, held against what is at hand: its image, its verdict, and the evidence of each gate.
 * @param ordered payloads of what was ordered about its place; undefined when that is not at hand
 */
export function recordChecks(
  record: RecordOnImage,
  digest: Digest,
  evidence: Evidence,
  ordered?: ReadonlySet<Digest>,
): readonly Check[] {
  const { statement, predicate } = record
  const what = `record ${predicate.sequence} of ${predicate.application} in ${predicate.environment}`
  const found = { what, evidence: [statement.payload] }
  if (predicate.image.digest !== digest) {
    const { code } = signingErrors.SUBJECT_MISMATCH
    return [{ ...found, result: 'fail', code, reason: `It is about ${predicate.image.digest}.` }]
  }
  return [
    evidenceCheck(record, found, { evidence, ordered }),
    ...refusedChecks(predicate, found),
    ...exceptionChecks(record),
  ]
}

type Found = Pick<Check, 'what' | 'evidence'>

interface AtHand {
  readonly evidence: Evidence
  readonly ordered: ReadonlySet<Digest> | undefined
}

/** A record is only as good as the evidence it names: is that still here, and does it still verify? */
function evidenceCheck({ statement, predicate }: RecordOnImage, found: Found, atHand: AtHand): Check {
  const { evidence, ordered = [] } = atHand
  const sound = new Set([...evidence.valid.map(({ payload }) => payload), ...ordered])
  const named = [...new Set([...predicate.gates.flatMap((gate) => gate.evidence), ...predicate.approvals])]
  const absent = named.filter((payload) => !sound.has(payload))
  const counted = `${named.length - absent.length} of ${named.length} statements it rests on are here and verify`
  const lacking = predicate.gates.flatMap((gate) => lackIn(gate, sound, atHand))
  const under = `under the policy ${shortDigest(predicate.policy.digest)}`
  const reason = [`Signed by ${statement.signer.id} ${under}; ${counted}`, ...lacking].join('; ')
  return { ...found, result: absent.length > 0 ? 'note' : 'pass', reason: `${reason}.` }
}

function lackIn(
  gate: RecordedGate,
  sound: ReadonlySet<Digest>,
  { evidence: { unusable }, ordered }: AtHand,
): readonly string[] {
  const absent = gate.evidence.filter((payload) => !sound.has(payload))
  if (absent.length === 0) return []
  const bad = unusable.find(({ payload }) => payload !== undefined && absent.includes(payload))
  const why = bad ? `is ${bad.state} now: ${bad.reason.replace(/\.$/, '')}` : 'is not here'
  const kept =
    bad || ordered || !mayBeOrdered(gate) ? '' : ' (orders about a place are kept there, not with the image)'
  return [`what ${gate.gate} rested on ${why}${kept}`]
}

/** Holds, bars and waivers for every image are said about the place. */
function mayBeOrdered({ gate, result }: RecordedGate): boolean {
  return result === 'waived' || gate === 'hold' || gate === 'quarantine'
}

/** A record of a promotion that its own gates did not let in. */
function refusedChecks({ kind, gates }: PromotionRecord, found: Found): readonly Check[] {
  const stopping = gates.filter(({ result }) => result !== 'pass' && result !== 'waived')
  if (stopping.length === 0 || kind === FORCED) return []
  const said = stopping.map(({ gate, result }) => `${gate} says ${result}`).join(', ')
  const reason = `It went in although ${said}, and is no break-glass.`
  return [{ ...found, result: 'fail', code: assessmentErrors.RECORD_INVALID.code, reason }]
}

/** What came in by exception is sound, and is told all the same. */
function exceptionChecks({ statement, predicate }: RecordOnImage): readonly Check[] {
  const where = `${predicate.application} in ${predicate.environment}`
  const evidence = [...(predicate.breakGlass ?? []), statement.payload]
  const names = predicate.gates.flatMap(({ gate, result }) =>
    result === 'waived' && gate !== FORCED ? [gate] : [],
  )
  const told = (what: string, reason: string): Check => ({ what, result: 'note', reason, evidence })
  if (predicate.kind === FORCED)
    return [
      told('BREAK-GLASS', `Record ${predicate.sequence} of ${where} was forced past ${names.join(', ')}.`),
    ]
  if (names.length === 0) return []
  return [told('waived', `Record ${predicate.sequence} of ${where} has waived gates: ${names.join(', ')}.`)]
}

const FORCED = 'break-glass'

/** Whose word the times are: proven by an authority or log, or the signer's own. */
export function timesCheck({ valid }: Evidence): Check {
  const proven = valid.filter(({ provenOn }) => provenOn !== undefined)
  const rest = valid.filter(({ provenOn }) => provenOn === undefined)
  const dated = rest.filter(({ statement }) => claimedOn(statement) !== undefined)
  const undated = rest.length - dated.length
  const late = proven.filter(claimsLater)
  const counted = [
    `${proven.length} of ${valid.length} statements have a time that is proven`,
    `${dated.length} ${dated.length === 1 ? 'is' : 'are'} dated by ${dated.length === 1 ? 'its' : 'their'} own account`,
    `${undated} ${undated === 1 ? 'has' : 'have'} no date`,
  ]
  const contradiction =
    late.length > 0 ? `; ${late.length} say that they were made after they were proven to exist` : ''
  return {
    what: 'times',
    result: late.length > 0 ? 'note' : 'pass',
    reason: `${counted.join(', ')}${contradiction}.`,
    evidence: (late.length > 0 ? late : proven).map(({ payload }) => payload),
  }
}

function claimsLater({ provenOn, statement }: VerifiedStatement): boolean {
  return Date.parse(claimedOn(statement) ?? '') > Date.parse(provenOn ?? '') + CLOCK_SKEW
}
