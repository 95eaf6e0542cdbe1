import type { Digest } from '../oci/index.ts'
import type { Facts } from './facts.ts'
import type { Judgement } from './judgement.ts'
import { count, listed, pass, refuse, unclear } from './judgement.ts'
import type { GateFinding } from './verdict.ts'
import { waiverFor, waiversOf } from './waivers.ts'
import type { ActiveWaiver } from './waivers.ts'

type Basis = readonly { readonly payload: Digest }[]

/** One thing that stands in the way; a waiver may name it by any of its ids. */
export interface Objection extends GateFinding {
  readonly ids: readonly string[]
}

/** What one part of a gate found. */
export interface Part {
  /** What was found, when nothing is in the way. */
  readonly good?: string
  /** What was found and what is required, when an objection is in the way. */
  readonly bad?: string
  readonly objections?: readonly Objection[]
  /** A definite no that no waiver of single findings lifts. */
  readonly missing?: string | undefined
  /** Why it cannot be told. */
  readonly doubt?: string | undefined
  readonly basis: Basis
}

/** At most so many findings go into a verdict; its reason counts them all. */
const LISTED = 100

/** All parts of a gate → its verdict: a definite no first, then what cannot be told, then what was waived. */
export function conclude(gate: string, parts: readonly Part[], facts: Facts): Judgement {
  const active = waiversOf(facts, gate)
  const judged = parts.map((part) => ({ ...part, ...weigh(part.objections ?? [], active) }))
  const basis = judged.flatMap((part) => part.basis)
  const refused = judged.filter((part) => part.missing !== undefined || part.left.length > 0)
  const found = findingsOf(judged)
  if (refused.length > 0) {
    const reasons = refused.flatMap(({ left, bad, missing }) => [left.length > 0 ? bad : undefined, missing])
    return { ...refuse(sentence(reasons), basis), ...found }
  }
  const doubts = judged.flatMap((part) => part.doubt ?? [])
  if (doubts.length > 0) return { ...unclear(sentence(doubts), basis), ...found }
  const told = judged.map((part) => (part.waivers.length > 0 ? part.bad : part.good))
  const waivers = judged.flatMap((part) => part.waivers)
  if (waivers.length === 0) return pass(sentence(told), basis)
  const { evidence } = pass('', [...basis, ...waivers])
  return { result: 'waived', reason: sentence([...told, waivedText(judged)]), evidence, ...found }
}

interface Weighed {
  readonly left: readonly Objection[]
  readonly waived: readonly GateFinding[]
  readonly waivers: readonly ActiveWaiver[]
}

function weigh(objections: readonly Objection[], active: readonly ActiveWaiver[]): Weighed {
  const left: Objection[] = []
  const waived: GateFinding[] = []
  const waivers = new Set<ActiveWaiver>()
  for (const objection of objections) {
    const waiver = waiverFor(active, objection)
    if (!waiver) left.push(objection)
    else {
      waivers.add(waiver)
      waived.push({ ...plain(objection), waivedBy: waiver.payload })
    }
  }
  return { left, waived, waivers: [...waivers] }
}

function plain({ id, severity, about }: Objection): GateFinding {
  return { id, ...(severity && { severity }), ...(about && { about }) }
}

function findingsOf(judged: readonly Weighed[]): Pick<Judgement, 'findings'> {
  const findings = [
    ...judged.flatMap(({ left }) => left.map(plain)),
    ...judged.flatMap(({ waived }) => waived),
  ]
  return findings.length > 0 ? { findings: findings.slice(0, LISTED) } : {}
}

function waivedText(judged: readonly Weighed[]): string {
  const number = judged.reduce((sum, { waived }) => sum + waived.length, 0)
  const waivers = judged.flatMap((part) => part.waivers)
  const ends = waivers.map(({ predicate }) => predicate.notAfter).toSorted()
  const who = [...new Set(waivers.map(({ signer }) => signer.id))]
  return `${count(number, 'finding')} waived by ${listed(who)} until ${ends[0] ?? ''}`
}

function sentence(parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined).join('; ')}.`
}

/** Statements that nobody can read leave it open what they say. */
export function unreadablePart(unreadable: Basis, noun: string): readonly Part[] {
  if (unreadable.length === 0) return []
  return [{ doubt: `${count(unreadable.length, noun)} cannot be read`, basis: unreadable }]
}
