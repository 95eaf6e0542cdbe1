import { approval } from '../attestation/index.ts'
import type { Digest } from '../oci/index.ts'
import { isExpired, lastWords } from './decisions.ts'
import type { Facts } from './facts.ts'
import { factsOf } from './predicates.ts'

/** Tickets that are said to cover this promotion. */
export interface NamedTickets {
  /** By whoever promotes; a claim. */
  readonly asked: string | undefined
  /** By people whose approvals stand, and the payloads of these. */
  readonly approved: ReadonlyMap<string, readonly Digest[]>
}

type Naming = Pick<Facts, 'application' | 'environment' | 'evidence' | 'now' | 'policyDigest' | 'ticket'>

/** A name that a path or query can hold as one piece. `..` and `/` would ask for something else. */
export function isTicket(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)
}

/** The ticket of the command, and those in approvals of this digest for this place under this policy. */
export function ticketsNamed(naming: Naming): NamedTickets {
  const { read } = factsOf(naming.evidence, 'approval', approval)
  const approved = new Map<string, readonly Digest[]>()
  for (const decision of lastWords(read, naming)) {
    const { ticket, policy, decision: word } = decision.predicate
    if (ticket === undefined || word !== 'approve' || policy.digest !== naming.policyDigest) continue
    if (!isExpired(decision, naming.now))
      approved.set(ticket, [...(approved.get(ticket) ?? []), decision.payload])
  }
  return { asked: naming.ticket, approved }
}
