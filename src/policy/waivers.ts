import type { Waiver } from '../attestation/index.ts'
import { predicateTypes, waiver } from '../attestation/index.ts'
import type { Facts } from './facts.ts'
import { CLOCK_SKEW } from './judgement.ts'
import type { Fact } from './predicates.ts'
import { readFacts } from './predicates.ts'

/** A waiver that counts here and now. */
export type ActiveWaiver = Fact<Waiver>

/** A finding as a waiver may name it. */
export interface Waivable {
  /** Its id first, then its aliases. */
  readonly ids: readonly string[]
  readonly package?: { readonly name: string; readonly purl?: string } | undefined
}

/** Waivers of one gate that are in force: for this application and environment, begun, not ended. */
export function waiversOf(facts: Facts, gate: string): readonly ActiveWaiver[] {
  return activeWaivers(facts).filter(({ predicate }) => predicate.gate === gate)
}

/** Waivers of any gate that are in force here. */
export function activeWaivers(facts: Facts): readonly ActiveWaiver[] {
  const onImage = facts.evidence.valid.filter(({ predicateType }) => predicateType === predicateTypes.waiver)
  const onPlace = facts.standing.filter(({ predicateType }) => predicateType === predicateTypes.waiver)
  const { read } = readFacts([...onImage, ...onPlace], waiver)
  return read.filter(({ predicate }) => isInForce(predicate, facts))
}

/** The waiver that lets this finding through; undefined when none does. */
export function waiverFor(active: readonly ActiveWaiver[], finding: Waivable): ActiveWaiver | undefined {
  return active.find(({ predicate }) => namesFinding(predicate, finding) && namesPackage(predicate, finding))
}

/** The waiver that lets the whole gate through; undefined when none does. */
export function gateWaiver(active: readonly ActiveWaiver[]): ActiveWaiver | undefined {
  return active.find(({ predicate }) => !predicate.findings && !predicate.packages)
}

function isInForce(given: Waiver, facts: Facts): boolean {
  const now = facts.now.getTime()
  if (given.application !== facts.application || given.environment !== facts.environment) return false
  return Date.parse(given.createdOn) <= now + CLOCK_SKEW && now < Date.parse(given.notAfter)
}

function namesFinding({ findings }: Waiver, { ids }: Waivable): boolean {
  return findings !== undefined && ids.some((id) => findings.includes(id))
}

function namesPackage({ packages }: Waiver, finding: Waivable): boolean {
  if (!packages) return true
  const { name, purl } = finding.package ?? {}
  return packages.some((wanted) => wanted === name || wanted === purl)
}
