import type { KnownVulnerability } from '../../attestation/index.ts'
import { printableLine } from '../../base/index.ts'
import { bySeverity, mergeVulnerabilities } from '../../attestation/index.ts'
import type { Digest } from '../../oci/index.ts'
import type { Facts } from '../facts.ts'
import type { GateFinding } from '../verdict.ts'
import { accepts } from './coverage.ts'
import type { Covered, ScanRules } from './coverage.ts'
import type { Exceptions } from './exceptions.ts'
import type { Rules } from './rules.ts'
import { leftUnsaid, whyBlocked } from './rules.ts'
import type { Scan } from './scans.ts'
import { standingIn } from './target.ts'
import { aboutFinding, toolName } from './texts.ts'

/** One vulnerability that blocks unless something lets it through. */
export interface Weighed {
  readonly found: KnownVulnerability
  readonly why: string
  readonly waivedBy: Digest | undefined
}

/** What was found on all platforms together. */
export interface Weighing {
  /** Worst first; what blocks on any platform blocks. */
  readonly blocking: readonly Weighed[]
  readonly waived: readonly Weighed[]
  /** How many different ones there are in all. */
  readonly total: number
  /** Why it cannot be told whether more block. */
  readonly doubts: readonly string[]
  /** Scans of the target that were compared with. */
  readonly compared: readonly Scan[]
}

export interface WeighRules extends Rules, ScanRules {
  readonly newOnly: boolean
}

/** Every vulnerability against the rules, platform by platform: what excuses one platform need not excuse another. */
export function weigh(
  rules: WeighRules,
  covered: readonly Covered[],
  exceptions: Exceptions,
  facts: Facts,
): Weighing {
  const parts = covered.map((one) => weighPlatform(rules, one, exceptions, facts))
  const all = new Map<string, Weighed>()
  for (const one of parts.flatMap((part) => part.weighed)) {
    const before = all.get(keyOf(one.found))
    if (!before || (before.waivedBy && !one.waivedBy)) all.set(keyOf(one.found), one)
  }
  const sorted = [...all.values()].toSorted((a, b) => bySeverity(a.found.severity, b.found.severity))
  return {
    blocking: sorted.filter((one) => !one.waivedBy),
    waived: sorted.filter((one) => one.waivedBy),
    total: new Set(parts.flatMap((part) => part.found.map(keyOf))).size,
    doubts: [...new Set(parts.flatMap((part) => part.doubts))],
    compared: parts.flatMap((part) => part.compared),
  }
}

/** As a verdict lists it. */
export function gateFinding({ found, why, waivedBy }: Weighed): GateFinding {
  const { severity } = found
  const id = printableLine(found.id, 120)
  const about = why === severity ? aboutFinding(found) : `${aboutFinding(found)} (${why})`
  return { id, severity, about, ...(waivedBy && { waivedBy }) }
}

const keyOf = ({ id, package: of }: KnownVulnerability) => `${id} ${of?.name ?? ''} ${of?.version ?? ''}`

function weighPlatform(
  rules: WeighRules,
  { platform, scans }: Covered,
  exceptions: Exceptions,
  facts: Facts,
) {
  const found = mergeVulnerabilities(scans.flatMap((scan) => scan.found.vulnerabilities))
  const standing = rules.newOnly
    ? standingIn(facts, platform.platform, (scan) => accepts(rules, scan))
    : { has: () => false, basis: [] }
  const has = typeof standing === 'string' ? () => false : standing.has
  const fresh = found.filter((one) => !has(one))
  const digests = [facts.image.digest, platform.manifest, platform.config]
  const weighed = fresh.flatMap((one): Weighed[] => {
    const why = whyBlocked(one, rules)
    return why === undefined ? [] : [{ found: one, why, waivedBy: exceptions.letsThrough(one, digests) }]
  })
  const unsaid = leftUnsaid(fresh, rules)
  const doubts = [
    ...(typeof standing === 'string' ? [standing] : []),
    ...(unsaid ? [`${toolNames(scans)} does not say ${unsaid}`] : []),
    ...scans.flatMap((scan) => cutShort(scan) ?? []),
  ]
  return { found, weighed, doubts, compared: typeof standing === 'string' ? [] : standing.basis }
}

function toolNames(scans: readonly Scan[]): string {
  return [...new Set(scans.map(toolName))].join(' or ')
}

function cutShort(scan: Scan): string | undefined {
  const { unlisted = 0, vulnerabilities } = scan.found
  return unlisted > 0
    ? `the scan by ${toolName(scan)} lists ${vulnerabilities.length} of ${vulnerabilities.length + unlisted} vulnerabilities`
    : undefined
}
