import type { BreakGlass } from '../attestation/index.ts'
import { breakGlass } from '../attestation/index.ts'
import { formatDuration } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import { authorFlaw, authorsOf } from './authors.ts'
import type { BreakGlassOptions } from './exceptions.ts'
import type { Facts } from './facts.ts'
import { dateOf } from './freshness.ts'
import { holdInForce, holdsOf, orderedOn } from './holds.ts'
import { CLOCK_SKEW, count, listed, quote } from './judgement.ts'
import type { Fact } from './predicates.ts'
import { factsOf, personOf, unusableNote } from './predicates.ts'
import { combine } from './verdict.ts'
import type { GateVerdict, Verdict } from './verdict.ts'

type Word = Fact<BreakGlass>

/**
 * A verdict that does not allow, when somebody asks to break the glass: every gate that stands in the way becomes
 * `waived` if enough people allowed it by signed statements, else one more gate says why it cannot be. A hold or a
 * quarantine set after those statements stands: they did not know of it. A verdict that allows is left as it is.
 */
export function forced(verdict: Verdict, facts: Facts): Verdict {
  if (verdict.result === 'pass') return verdict
  const options = facts.exceptions?.breakGlass
  if (!options)
    return refusedTo(
      verdict,
      'This environment has no exceptions.breakGlass, so nobody can force a digest in.',
    )
  const { counted, aside } = wordsOf(options, facts)
  const spoke = lastSpoken(counted)
  const since = spoke[options.count - 1]
  if (since === undefined) return refusedTo(verdict, missing(spoke.length, options, facts, aside), counted)
  const own = {
    gate: GATE,
    result: 'waived',
    reason: sayings(counted),
    evidence: payloadsOf(counted),
  } as const
  return combine([
    own,
    ...verdict.gates.map((gate) => (isNewer(gate, since, facts) ? gate : opened(gate, counted))),
  ])
}

/** Payloads of the statements that forced it; none when it was not forced. */
export function forcedBy(gates: Verdict['gates']): readonly Digest[] {
  return gates.find(({ gate, result }) => gate === GATE && result === 'waived')?.evidence ?? []
}

const GATE = 'break-glass'

function refusedTo(verdict: Verdict, reason: string, basis: readonly Word[] = []): Verdict {
  return combine([{ gate: GATE, result: 'fail', reason, evidence: payloadsOf(basis) }, ...verdict.gates])
}

function opened(gate: GateVerdict, words: readonly Word[]): GateVerdict {
  if (gate.result === 'pass' || gate.result === 'waived') return gate
  const evidence = [...new Set([...gate.evidence, ...payloadsOf(words)])]
  const reason = `Break-glass by ${names(words)}. It was ${gate.result}: ${gate.reason}`
  return {
    gate: gate.gate,
    result: 'waived',
    reason,
    evidence,
    ...(gate.findings && { findings: gate.findings }),
  }
}

/** When each person last allowed it, latest first. Of a stop set in between only those know who spoke after it. */
function lastSpoken(words: readonly Word[]): readonly number[] {
  const people = Map.groupBy(words, ({ signer }) => personOf(signer)).values()
  const latest = people.map((own) => Math.max(...own.map(timeOf)))
  return latest.toArray().toSorted((a, b) => b - a)
}

/** Stops that were set after so many people as it takes had allowed it. */
function isNewer({ gate }: GateVerdict, since: number, facts: Facts): boolean {
  if (gate === 'quarantine') {
    const barred = facts.quarantined.find(({ digest }) => digest === facts.image.digest)
    return barred !== undefined && Date.parse(barred.since) > since
  }
  const held = gate === 'hold' ? holdInForce(holdsOf(facts).read, facts.now) : undefined
  return held !== undefined && (orderedOn(held).at?.getTime() ?? Infinity) > since
}

function wordsOf(options: BreakGlassOptions, facts: Facts) {
  const { read, unreadable } = factsOf(facts.evidence, 'break-glass', breakGlass)
  const here = read.filter(
    ({ predicate }) =>
      predicate.application === facts.application && predicate.environment === facts.environment,
  )
  const authors = authorsOf(facts)
  const judged = here.map((word) => ({ word, flaw: flawOf(word, options, facts, authors) }))
  const aside = judged.flatMap(({ word, flaw }) => (flaw ? [`${who(word)}: ${flaw}`] : []))
  return {
    counted: judged.flatMap(({ word, flaw }) => (flaw ? [] : [word])),
    aside: unreadable.length > 0 ? [...aside, `${unreadable.length} that cannot be read`] : aside,
  }
}

function flawOf(word: Word, options: BreakGlassOptions, facts: Facts, authors: readonly string[]) {
  const { policy, createdOn, notAfter } = word.predicate
  const age = facts.now.getTime() - timeOf(word)
  if (!word.signer.roles.some((role) => options.roles.includes(role)))
    return `has none of the roles ${options.roles.join(', ')}`
  if (policy.digest !== facts.policyDigest) return 'given under another policy'
  if (age < -CLOCK_SKEW) return `dated ${createdOn}, which is in the future`
  if (facts.now.getTime() >= Date.parse(notAfter)) return `ended on ${notAfter}`
  if (age > options.maxAge) return `older than ${formatDuration(options.maxAge)} (${createdOn})`
  if (!options.notAuthor) return undefined
  return authors.length === 0 ? "the commit's author is not known" : authorFlaw(word, authors)
}

const timeOf = (word: Word) => dateOf(word, word.predicate.createdOn).at?.getTime() ?? Infinity
const who = ({ signer }: Word) => signer.identity ?? signer.id
const names = (words: readonly Word[]) => listed([...new Set(words.map(who))])
const payloadsOf = (words: readonly Word[]) => [...new Set(words.map(({ payload }) => payload))]

function sayings(words: readonly Word[]): string {
  const said = words.map((word) => {
    const { reason, ticket, notAfter } = word.predicate
    return `${who(word)} until ${notAfter}${ticket ? ` (${quote(ticket)})` : ''}: ${quote(reason)}`
  })
  return `Forced in by ${said.join('; ')}.`
}

function missing(found: number, options: BreakGlassOptions, facts: Facts, aside: readonly string[]): string {
  const set = aside.length > 0 ? `; not counted: ${aside.join(', ')}` : ''
  const note = unusableNote(facts.evidence, 'break-glass')
  const wanted = `${count(options.count, 'signed break-glass statement')} of role ${options.roles.join(' or ')}`
  return `Found ${found === 0 ? 'none' : found} for this digest, environment and policy, required: ${wanted}${set}${note}.`
}
