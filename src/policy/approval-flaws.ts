import type { Signer } from '../attestation/index.ts'
import { authorFlaw, authorsOf } from './authors.ts'
import { buildsOf } from './builds.ts'
import type { Decision } from './decisions.ts'
import { isExpired } from './decisions.ts'
import type { Facts } from './facts.ts'
import { dateOf, staleness } from './freshness.ts'
import { CLOCK_SKEW } from './judgement.ts'
import { isMeant } from './people.ts'

/** What an approval must be to count. */
export interface ApprovalRule {
  readonly notAuthor: boolean
  readonly notRequester?: boolean | undefined
  /** undefined = true. */
  readonly notActor?: boolean | undefined
  readonly trustedTime?: boolean | undefined
  /** Milliseconds. */
  readonly maxAge?: number | undefined
}

/** Who had a hand in it, as far as it is known: they may be kept from approving it. */
export interface Involved {
  readonly authors: readonly string[]
  readonly actors: readonly string[]
  readonly requester: string | undefined
}

export function involvedIn(facts: Facts): Involved {
  const told = buildsOf(facts.evidence).builds.map((build) => build.facts)
  const all = [...(facts.build ? [facts.build] : []), ...told]
  return {
    authors: authorsOf(facts),
    actors: all.flatMap(({ actor }) => actor ?? []),
    requester: facts.requestedBy,
  }
}

/** Why an approval does not count; undefined when it does. */
export function flawOf(
  fact: Decision,
  rule: ApprovalRule,
  facts: Facts,
  involved: Involved,
): string | undefined {
  if (fact.predicate.policy.digest !== facts.policyDigest)
    return 'given under another policy; the gates or the trust policy changed since'
  return timeFlaw(fact, rule, facts.now) ?? personFlaw(fact.signer, rule, involved)
}

function timeFlaw(fact: Decision, { maxAge, trustedTime }: ApprovalRule, now: Date): string | undefined {
  const { createdOn, notAfter } = fact.predicate
  if (isExpired(fact, now)) return `expired on ${notAfter}`
  if (Date.parse(createdOn) > now.getTime() + CLOCK_SKEW) return `dated ${createdOn}, which is in the future`
  if (trustedTime && fact.provenOn === undefined) return 'no timestamp authority or log proves its time'
  // Older than it says it is: whoever postdates wants it to count for longer.
  if (fact.provenOn !== undefined && Date.parse(createdOn) > Date.parse(fact.provenOn) + CLOCK_SKEW)
    return `dated ${createdOn}, but it existed on ${fact.provenOn}`
  const stale = maxAge === undefined ? undefined : staleness(dateOf(fact, createdOn), maxAge, now)
  return stale && `too old (${createdOn}): it ${stale}`
}

function personFlaw(signer: Signer, rule: ApprovalRule, involved: Involved): string | undefined {
  const author = rule.notAuthor ? authorFlaw({ signer }, involved.authors) : undefined
  if (author) return author
  if (rule.notRequester && involved.requester !== undefined && isMeant(involved.requester, signer))
    return 'asked for the promotion'
  if (rule.notActor !== false && involved.actors.some((actor) => isMeant(actor, signer)))
    return 'started the build'
  return undefined
}
