import * as z from 'zod'
import type { Signer } from '../../attestation/index.ts'
import { approval } from '../../attestation/index.ts'
import { involvedIn, flawOf } from '../approval-flaws.ts'
import type { Decision } from '../decisions.ts'
import { isExpired, lastWords } from '../decisions.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { count, listed, pass, quote, refuse, unclear } from '../judgement.ts'
import { duration, headcount, nonEmpty } from '../options.ts'
import { factsOf, unusableNote } from '../predicates.ts'
import { helpfulRoles, openPlaces } from '../quorum.ts'
import type { Quorum } from '../quorum.ts'

const place = z.int().min(1).max(20)

export const approvalOptions = z.strictObject({
  count: headcount.describe('How many distinct people must approve.'),
  roles: z
    .union([
      z.array(nonEmpty).min(1),
      z
        .record(nonEmpty, place)
        .refine((given) => Object.keys(given).length > 0, 'expected at least one role'),
    ])
    .optional()
    .describe(
      'Only people with one of these roles (trust policy) count. With numbers: so many of each, nobody for two.',
    ),
  signers: z.array(nonEmpty).min(1).optional().describe('Only these signer ids count.'),
  notAuthor: z.boolean().default(true).describe("The commit's author cannot approve their own change."),
  // Options without a default leave the policy digest of files that do not use them as it was.
  notRequester: z
    .boolean()
    .optional()
    .describe('Who asked for the promotion (--requested-by, a claim) cannot approve it.'),
  notActor: z
    .boolean()
    .optional()
    .describe('Who started the build cannot approve it, where provenance says who that was. Default: true.'),
  maxAge: duration.optional().describe('Approvals older than this do not count.'),
  trustedTime: z
    .boolean()
    .optional()
    .describe('Only approvals whose time a timestamp authority or log proves count.'),
})

export type ApprovalOptions = z.output<typeof approvalOptions>

/**
 * Enough distinct people approved this digest for this environment under this very policy. Each person's latest
 * word counts; a rejection is a no until that person takes it back, whatever the policy was when they said it.
 */
export function judgeApproval(options: ApprovalOptions, facts: Facts): Judgement {
  const { read, unreadable } = factsOf(facts.evidence, 'approval', approval)
  const mayDecide = (given: { readonly signer: Signer }) => isAllowed(given.signer, options)
  const latest = lastWords(read.filter(mayDecide), facts)
  const rejected = latest.filter(
    (fact) => fact.predicate.decision === 'reject' && !isExpired(fact, facts.now),
  )
  if (rejected.length > 0) return refuse(`${rejected.map(rejection).join('; ')}.`, rejected)
  const unknown = unreadable.filter(mayDecide)
  if (unknown.length > 0)
    return unclear(`${count(unknown.length, 'signed approval')} cannot be read.`, unknown)
  const involved = involvedIn(facts)
  if (options.notAuthor && involved.authors.length === 0)
    return unclear(
      "The commit's author is not known from signed provenance, so nobody can be told from the author.",
    )
  if (options.notRequester && !involved.requester)
    return unclear(
      'Nobody is named as who asks for the promotion (--requested-by), so nobody can be told from them.',
    )
  const sorted = latest
    .filter((fact) => fact.predicate.decision === 'approve')
    .map((fact) => ({ ...fact, flaw: flawOf(fact, options, facts, involved) }))
  return tally(sorted, options, unusableNote(facts.evidence, 'approval'))
}

type Weighed = Decision & { readonly flaw: string | undefined }

function tally(sorted: readonly Weighed[], options: ApprovalOptions, note: string): Judgement {
  const counted = sorted.filter((fact) => !fact.flaw)
  const set = sorted.flatMap((fact) => (fact.flaw ? [`${who(fact)}: ${fact.flaw}`] : []))
  const aside = set.length > 0 ? `; not counted: ${set.join(', ')}` : ''
  const claim = options.notRequester ? '; who asked is a claim' : ''
  const by = counted.length > 0 ? `Approved by ${listed(counted.map(who))}` : 'Approved by nobody'
  const people = counted.map(({ signer }) => signer)
  const missing = Math.max(openPlaces(quorumOf(options), people), options.count - counted.length)
  if (missing <= 0) return pass(`${by}${aside}${claim}.`, counted)
  const helpful = helpfulRoles(quorumOf(options), people)
  const wanted = helpful.length > 0 ? helpful : roleNames(options)
  return {
    result: 'pending',
    reason: `${by}, ${count(missing, 'more approval')} required from ${eligible(options, wanted)}${aside}${claim}${note}.`,
    evidence: counted.map((fact) => fact.payload),
    ...waiting(options, counted, wanted),
  }
}

const who = (fact: Decision) => fact.signer.identity ?? fact.signer.id

function quorumOf({ roles = [] }: ApprovalOptions): Quorum {
  return Array.isArray(roles) ? {} : roles
}

function roleNames({ roles }: ApprovalOptions): readonly string[] | undefined {
  return Array.isArray(roles) || roles === undefined ? roles : Object.keys(roles)
}

function isAllowed(signer: Signer, options: ApprovalOptions): boolean {
  const roles = roleNames(options)
  if (roles && !signer.roles.some((role) => roles.includes(role))) return false
  return options.signers?.includes(signer.id) ?? true
}

function rejection(fact: Decision): string {
  const { reason } = fact.predicate
  return `Rejected by ${who(fact)}${reason ? `: ${quote(reason)}` : ''}`
}

function eligible({ signers }: ApprovalOptions, roles: readonly string[] | undefined): string {
  const limits = [roles && `role ${roles.join(' or ')}`, signers && `signer ${signers.join(' or ')}`]
  return limits.filter(Boolean).join(' and ') || 'anyone the trust policy lets approve'
}

/** Signer ids that have not approved, else the roles of which somebody is needed. */
function waiting(
  { signers }: ApprovalOptions,
  counted: readonly Decision[],
  roles: readonly string[] | undefined,
) {
  const done = new Set(counted.map((fact) => fact.signer.id))
  const waitingFor = signers?.filter((id) => !done.has(id)) ?? roles
  return waitingFor && { waitingFor }
}
