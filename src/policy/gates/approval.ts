import * as z from 'zod'
import type { Approval, Signer } from '../../attestation/index.ts'
import { approval } from '../../attestation/index.ts'
import { authorFlaw, authorsOf } from '../authors.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { CLOCK_SKEW, count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration, headcount, nonEmpty } from '../options.ts'
import type { Fact } from '../predicates.ts'
import { factsOf, personOf, unusableNote } from '../predicates.ts'

export const approvalOptions = z.strictObject({
  count: headcount.describe('How many distinct people must approve.'),
  roles: z
    .array(nonEmpty)
    .min(1)
    .optional()
    .describe('Only people with one of these roles (trust policy) count.'),
  signers: z.array(nonEmpty).min(1).optional().describe('Only these signer ids count.'),
  notAuthor: z.boolean().default(true).describe("The commit's author cannot approve their own change."),
  maxAge: duration
    .optional()
    .describe('Approvals older than this do not count, by the time the approver signed.'),
})

export type ApprovalOptions = z.output<typeof approvalOptions>

type Decision = Fact<Approval>

/**
 * Enough distinct people approved this digest for this environment under this very policy. Each person's latest
 * word counts; a rejection is a no until that person takes it back, whatever the policy was when they said it.
 */
export function judgeApproval(options: ApprovalOptions, facts: Facts): Judgement {
  const { read, unreadable } = factsOf(facts.evidence, 'approval', approval)
  const mayDecide = (given: { readonly signer: Signer }) => isAllowed(given.signer, options)
  const latest = latestPerPerson(read.filter((fact) => mayDecide(fact) && isHere(fact, facts)))
  const rejected = latest.filter((fact) => fact.predicate.decision === 'reject' && !isExpired(fact, facts))
  if (rejected.length > 0) return refuse(`${rejected.map(rejection).join('; ')}.`, rejected)
  const unknown = unreadable.filter(mayDecide)
  if (unknown.length > 0)
    return unclear(`${count(unknown.length, 'signed approval')} cannot be read.`, unknown)
  const authors = authorsOf(facts)
  if (options.notAuthor && authors.length === 0)
    return unclear(
      "The commit's author is not known from signed provenance, so nobody can be told from the author.",
    )
  const sorted = latest
    .filter((fact) => fact.predicate.decision === 'approve')
    .map((fact) => ({ ...fact, flaw: flawOf(fact, options, facts, authors) }))
  const counted = sorted.filter((fact) => !fact.flaw)
  const set = sorted.flatMap((fact) => (fact.flaw ? [`${who(fact)}: ${fact.flaw}`] : []))
  const aside = set.length > 0 ? `; not counted: ${set.join(', ')}` : ''
  const by = counted.length > 0 ? `Approved by ${listed(counted.map(who))}` : 'Approved by nobody'
  if (counted.length >= options.count) return pass(`${by}${aside}.`, counted)
  const note = unusableNote(facts.evidence, 'approval')
  const missing = options.count - counted.length
  return {
    result: 'pending',
    reason: `${by}, ${count(missing, 'more approval')} required from ${eligible(options)}${aside}${note}.`,
    evidence: counted.map((fact) => fact.payload),
    ...waiting(options, counted),
  }
}

const who = (fact: Decision) => fact.signer.identity ?? fact.signer.id

function isAllowed(signer: Signer, { roles, signers }: ApprovalOptions): boolean {
  if (roles && !signer.roles.some((role) => roles.includes(role))) return false
  return signers?.includes(signer.id) ?? true
}

// The digest carries the approvals of other environments too; those say nothing here.
function isHere({ predicate }: Decision, facts: Facts): boolean {
  return predicate.application === facts.application && predicate.environment === facts.environment
}

// Ordered by each person's own signed time: one can only antedate oneself. On a tie the rejection stands.
function latestPerPerson(decisions: readonly Decision[]): readonly Decision[] {
  const latest = new Map<string, Decision>()
  for (const fact of decisions) {
    const known = latest.get(personOf(fact.signer))
    if (!known || supersedes(fact, known)) latest.set(personOf(fact.signer), fact)
  }
  return [...latest.values()]
}

function supersedes(fact: Decision, known: Decision): boolean {
  const later = Date.parse(fact.predicate.createdOn) - Date.parse(known.predicate.createdOn)
  return later > 0 || (later === 0 && fact.predicate.decision === 'reject')
}

function flawOf(fact: Decision, options: ApprovalOptions, facts: Facts, authors: readonly string[]) {
  const { policy, createdOn } = fact.predicate
  const created = Date.parse(createdOn)
  if (policy.digest !== facts.policyDigest)
    return 'given under another policy; the gates or the trust policy changed since'
  if (isExpired(fact, facts)) return `expired on ${fact.predicate.notAfter}`
  if (created > facts.now.getTime() + CLOCK_SKEW) return `dated ${createdOn}, which is in the future`
  if (options.maxAge !== undefined && facts.now.getTime() - created > options.maxAge)
    return `too old (${createdOn})`
  return options.notAuthor ? authorFlaw(fact, authors) : undefined
}

function isExpired({ predicate }: Decision, facts: Facts): boolean {
  return predicate.notAfter !== undefined && facts.now.getTime() >= Date.parse(predicate.notAfter)
}

function rejection(fact: Decision): string {
  const { reason } = fact.predicate
  return `Rejected by ${who(fact)}${reason ? `: ${quote(reason)}` : ''}`
}

function eligible({ roles, signers }: ApprovalOptions): string {
  const limits = [roles && `role ${roles.join(' or ')}`, signers && `signer ${signers.join(' or ')}`]
  return limits.filter(Boolean).join(' and ') || 'anyone the trust policy lets approve'
}

function waiting({ roles, signers }: ApprovalOptions, counted: readonly Decision[]) {
  const done = new Set(counted.map((fact) => fact.signer.id))
  const waitingFor = signers?.filter((id) => !done.has(id)) ?? roles
  return waitingFor && { waitingFor }
}
