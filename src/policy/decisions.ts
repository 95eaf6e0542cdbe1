import type { Approval } from '../attestation/index.ts'
import type { Facts } from './facts.ts'
import type { Fact } from './predicates.ts'
import { personOf } from './predicates.ts'

/** One person's signed decision. */
export type Decision = Fact<Approval>

/**
 * Each person's latest decision about this application and environment; the digest carries those about others too.
 * Ordered by each person's own signed time: one can only antedate oneself. On a tie the rejection stands.
 */
export function lastWords(
  decisions: readonly Decision[],
  { application, environment }: Pick<Facts, 'application' | 'environment'>,
): readonly Decision[] {
  const latest = new Map<string, Decision>()
  for (const fact of decisions) {
    const { predicate, signer } = fact
    if (predicate.application !== application || predicate.environment !== environment) continue
    const known = latest.get(personOf(signer))
    if (!known || supersedes(fact, known)) latest.set(personOf(signer), fact)
  }
  return [...latest.values()]
}

export function isExpired({ predicate }: Decision, now: Date): boolean {
  return predicate.notAfter !== undefined && now.getTime() >= Date.parse(predicate.notAfter)
}

function supersedes(fact: Decision, known: Decision): boolean {
  const later = Date.parse(fact.predicate.createdOn) - Date.parse(known.predicate.createdOn)
  return later > 0 || (later === 0 && fact.predicate.decision === 'reject')
}
