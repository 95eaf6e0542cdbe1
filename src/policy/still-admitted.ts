import type { Approval, VerifiedStatement } from '../attestation/index.ts'
import { approval, predicateTypes } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import { withStops } from './always.ts'
import { evaluate } from './evaluate.ts'
import type { Facts } from './facts.ts'
import type { Gate } from './schema.ts'
import { combine } from './verdict.ts'
import type { Verdict } from './verdict.ts'

/** How a digest came in: what was decided then is not decided again. */
export interface Entry {
  readonly on: Date
  readonly policyDigest: Digest
}

export interface StandingVerdict {
  readonly verdict: Verdict
  /** Kinds of gates that were not asked. */
  readonly left: readonly string[]
}

// They ask whether this is a good moment to go in. Whoever is in is not put out by a night, a freeze or a closed ticket.
const OF_THE_MOMENT: ReadonlySet<string> = new Set(['window', 'freeze', 'hold', 'ticket', 'canary'])

/**
 * Would what is in an environment still be admitted? Gates of the moment (window, freeze, hold, ticket, canary) are not
 * asked, nor how long it soaked or how old its approvals have become: an approval that counted on entry, under the
 * policy of that time, counts while its signer is trusted and nobody has taken it back. All else is asked as of now.
 */
export async function stillAdmitted(
  gates: readonly Gate[],
  facts: Facts,
  entry: Entry,
): Promise<StandingVerdict> {
  const all = withStops(gates)
  const asked = all.filter(({ kind }) => !OF_THE_MOMENT.has(kind)).map(withoutMoment)
  const then = asOfEntry(facts, entry)
  const verdicts = await Promise.all(
    asked.map((gate) => evaluate([gate], gate.kind === 'approval' ? then : facts)),
  )
  const left = all.map(({ kind }) => kind).filter((kind) => OF_THE_MOMENT.has(kind))
  return { verdict: combine(verdicts.flatMap((one) => one.gates)), left: [...new Set(left)] }
}

function withoutMoment(gate: Gate): Gate {
  if (gate.kind === 'passed') return { ...gate, soak: undefined }
  return gate.kind === 'approval' ? { ...gate, maxAge: undefined } : gate
}

// Records keep whole seconds, approvals more.
const SECOND = 1000

// An approval given since, for another promotion, would hide the same person's earlier one; a rejection is heard.
function asOfEntry(facts: Facts, { on, policyDigest }: Entry): Facts {
  const valid = facts.evidence.valid.filter((given) => {
    const said = decisionIn(given)
    return said?.decision !== 'approve' || Date.parse(said.createdOn) < on.getTime() + SECOND
  })
  return { ...facts, now: on, policyDigest, evidence: { ...facts.evidence, valid } }
}

function decisionIn({ predicateType, statement }: VerifiedStatement): Approval | undefined {
  return predicateType === predicateTypes.approval ? approval.safeParse(statement.predicate).data : undefined
}
