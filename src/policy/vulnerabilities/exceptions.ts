import type { Evidence, KnownVulnerability, VexStatement, VexSubject } from '../../attestation/index.ts'
import { isVexType, parsePurl, readVex, vexSpeaksOf } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { Facts } from '../facts.ts'
import { CLOCK_SKEW } from '../judgement.ts'
import { personOf } from '../predicates.ts'
import type { ActiveWaiver } from '../waivers.ts'
import { waiverFor } from '../waivers.ts'

/** Whose VEX counts. */
export interface VexRules {
  readonly acceptVex: boolean
  readonly vexSigners?: readonly string[] | undefined
}

interface Word {
  readonly by: string
  readonly said: VexStatement
  readonly payload: Digest
}

interface Vex {
  readonly words: ReadonlyMap<string, readonly Word[]>
  /** One that counts cannot be read. It may take back what another says, so then none lets anything through. */
  readonly unreadable: boolean
}

/** Lets single findings through, by waiver or VEX. */
export interface Exceptions {
  /** Payload of the statement that lets it through in the image, or platform, of these digests. */
  readonly letsThrough: (found: KnownVulnerability, digests: readonly Digest[]) => Digest | undefined
  readonly unreadableVex: boolean
}

export function exceptionsOf(rules: VexRules, facts: Facts, waivers: readonly ActiveWaiver[]): Exceptions {
  const byId = grouped(
    waivers.flatMap((one) => (one.predicate.findings ?? []).map((id) => [id, one] as const)),
  )
  const vex = rules.acceptVex ? vexOf(rules, facts.evidence) : NO_VEX
  return {
    unreadableVex: vex.unreadable,
    letsThrough: (found, digests) => {
      const naming = found.ids.flatMap((id) => byId.get(id) ?? [])
      const waived = naming.length > 0 && waiverFor(naming, waivable(found))
      return waived ? waived.payload : vexFor(vex, found, digests, facts.now)
    },
  }
}

const NO_VEX: Vex = { words: new Map(), unreadable: false }

function vexOf({ vexSigners }: VexRules, evidence: Evidence): Vex {
  const entries: (readonly [string, Word])[] = []
  let unreadable = false
  for (const { statement, predicateType, signer, payload } of evidence.valid) {
    if (!isVexType(predicateType) || !(vexSigners?.includes(signer.id) ?? true)) continue
    const read = readVex(statement.predicate)
    if (!read) unreadable = true
    for (const said of read ?? [])
      for (const id of new Set(said.ids)) entries.push([id, { by: personOf(signer), said, payload }])
  }
  return { words: grouped(entries), unreadable }
}

/** Everybody's latest word on it says that it does no harm here. */
function vexFor(
  { words, unreadable }: Vex,
  found: KnownVulnerability,
  digests: readonly Digest[],
  now: Date,
) {
  if (unreadable) return undefined
  const all = found.ids.flatMap((id) => words.get(id) ?? [])
  if (all.length === 0) return undefined
  const subject: VexSubject = { digests, package: found.package && { purl: purlOf(found.package.purl) } }
  const latest = new Map<string, Word>()
  for (const word of all) {
    if (!vexSpeaksOf(word.said, subject)) continue
    const before = latest.get(word.by)
    if (!before || supersedes(word.said, before.said)) latest.set(word.by, word)
  }
  const last = [...latest.values()]
  const harmless = last.every(({ said }) => isHarmless(said) && said.at <= now.getTime() + CLOCK_SKEW)
  return harmless ? last[0]?.payload : undefined
}

// At the same time the worse word counts.
function supersedes(word: VexStatement, before: VexStatement): boolean {
  return word.at > before.at || (word.at === before.at && !isHarmless(word))
}

function isHarmless({ status }: VexStatement): boolean {
  return status === 'not_affected' || status === 'fixed'
}

function waivable({ ids, package: of }: KnownVulnerability) {
  return { ids, package: of && { name: of.name, ...(of.purl && { purl: of.purl }) } }
}

const purlOf = (text: string | undefined) => (text === undefined ? undefined : parsePurl(text))

function grouped<T>(entries: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const [key, value] of entries) {
    const group = groups.get(key)
    if (group) group.push(value)
    else groups.set(key, [value])
  }
  return groups
}
