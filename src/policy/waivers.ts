import type { VerifiedStatement, Waiver } from '../attestation/index.ts'
import { predicateTypes, waiver } from '../attestation/index.ts'
import { formatDuration } from '../base/index.ts'
import { authorFlaw, authorsOf } from './authors.ts'
import type { Facts } from './facts.ts'
import { dateOf, newestFirst } from './freshness.ts'
import { CLOCK_SKEW } from './judgement.ts'
import type { Fact } from './predicates.ts'
import { readFacts } from './predicates.ts'
import { NEVER_WAIVED, WAIVED_BY_NAME } from './waivable.ts'

/** A waiver that counts here and now. */
export type ActiveWaiver = Fact<Waiver>

/** A signed waiver for this application, environment and gate, and why it does not count; undefined when it does. */
export interface ReadWaiver {
  readonly waiver: Fact<Waiver>
  readonly about: 'image' | 'place'
  readonly flaw: string | undefined
}

/** A finding as a waiver may name it. */
export interface Waivable {
  /** Its id first, then its aliases. */
  readonly ids: readonly string[]
  readonly package?: { readonly name: string; readonly purl?: string } | undefined
}

/** What waivers are judged by. */
export type WaiverScene = Pick<
  Facts,
  'application' | 'environment' | 'now' | 'evidence' | 'standing' | 'build' | 'exceptions'
>

/** Waivers of one gate that are in force: for this application and environment, allowed, begun, not ended. */
export function waiversOf(facts: WaiverScene, gate: string): readonly ActiveWaiver[] {
  return inForce(readWaivers(facts, gate))
}

/** Waivers of any gate that are in force here. */
export function activeWaivers(facts: WaiverScene): readonly ActiveWaiver[] {
  return inForce(readWaivers(facts))
}

function inForce(read: readonly ReadWaiver[]): readonly ActiveWaiver[] {
  return read.flatMap(({ waiver: given, flaw }) => (flaw ? [] : [given]))
}

/** Every readable waiver of one gate, or of all, with what keeps it from counting. */
export function readWaivers(facts: WaiverScene, gate?: string): readonly ReadWaiver[] {
  const found = [...placed(facts.evidence.valid, 'image'), ...placed(facts.standing, 'place')]
  const here = found.filter(({ waiver: { predicate } }) => isHere(predicate, facts, gate))
  const permitted = here.filter((one) => !rightsFlaw(one, facts) && !isFuture(one, facts))
  const latest = new Set(
    [...Map.groupBy(permitted, scopeOf).values()].flatMap((same) => newestOf(same) ?? []),
  )
  return here.map((one) => ({ ...one, flaw: flawOf(one, latest, facts) }))
}

/** The waiver that lets this finding through; undefined when none does. */
export function waiverFor(active: readonly ActiveWaiver[], finding: Waivable): ActiveWaiver | undefined {
  return active.find(({ predicate }) => namesFinding(predicate, finding) && namesPackage(predicate, finding))
}

/** The waiver that lets the whole gate through; undefined when none does. */
export function gateWaiver(active: readonly ActiveWaiver[]): ActiveWaiver | undefined {
  return active.find(({ predicate }) => !predicate.findings && !predicate.packages)
}

type Placed = Omit<ReadWaiver, 'flaw'>

function placed(statements: readonly VerifiedStatement[], about: ReadWaiver['about']): readonly Placed[] {
  const waivers = statements.filter(({ predicateType }) => predicateType === predicateTypes.waiver)
  return readFacts(waivers, waiver).read.map((one) => ({ waiver: one, about }))
}

function isHere(given: Waiver, facts: WaiverScene, gate = given.gate): boolean {
  const { application, environment } = facts
  return given.application === application && given.environment === environment && given.gate === gate
}

function flawOf(one: Placed, latest: ReadonlySet<Placed>, facts: WaiverScene): string | undefined {
  const { createdOn, notAfter } = one.waiver.predicate
  const rights = rightsFlaw(one, facts)
  if (rights) return rights
  if (isFuture(one, facts)) return `is dated ${createdOn}, which is in the future`
  if (!latest.has(one)) return 'was replaced by a later one'
  if (facts.now.getTime() >= Date.parse(notAfter)) return `ended on ${notAfter}`
  const limit = facts.exceptions?.waive?.maxDuration
  if (limit === undefined || Date.parse(notAfter) - Date.parse(createdOn) <= limit) return undefined
  return `lasts longer than the ${formatDuration(limit)} that are allowed here`
}

/** May this person waive this gate here at all? */
function rightsFlaw({ waiver: given }: Placed, facts: WaiverScene): string | undefined {
  const { gate } = given.predicate
  const { roles, gates, notAuthor } = facts.exceptions?.waive ?? {}
  const isOpen = gates ? gates.includes(gate) : !WAIVED_BY_NAME.includes(gate)
  if (NEVER_WAIVED.includes(gate) || !isOpen) return `may not waive ${gate}: this environment lets nobody`
  if (roles && !given.signer.roles.some((role) => roles.includes(role)))
    return `has none of the roles that may waive here (${roles.join(', ')})`
  if (!notAuthor) return undefined
  const authors = authorsOf(facts)
  if (authors.length === 0) return "cannot be told from the commit's author, who is not known"
  return authorFlaw(given, authors)
}

function isFuture({ waiver: { predicate } }: Placed, { now }: WaiverScene): boolean {
  return Date.parse(predicate.createdOn) > now.getTime() + CLOCK_SKEW
}

/** The latest word about one scope counts, so that a waiver can be ended early. On a tie the shorter one does. */
function newestOf(same: readonly Placed[]): Placed | undefined {
  const shortestFirst = same.toSorted((a, b) => endOf(a) - endOf(b))
  return newestFirst(shortestFirst, ({ waiver: one }) => dateOf(one, one.predicate.createdOn))[0]
}

const endOf = ({ waiver: { predicate } }: Placed) => Date.parse(predicate.notAfter)

function scopeOf({ waiver: { predicate }, about }: Placed): string {
  const { gate, findings, packages } = predicate
  return JSON.stringify([about, gate, findings?.toSorted(), packages?.toSorted()])
}

function namesFinding({ findings }: Waiver, { ids }: Waivable): boolean {
  return findings !== undefined && ids.some((id) => findings.includes(id))
}

function namesPackage({ packages }: Waiver, finding: Waivable): boolean {
  if (!packages) return true
  const { name, purl } = finding.package ?? {}
  return packages.some((wanted) => wanted === name || wanted === purl)
}
