import { printableLine } from '../../base/index.ts'
import type { Facts, PlatformFacts } from '../facts.ts'
import { dateOf, staleness } from '../freshness.ts'
import { count, listed } from '../judgement.ts'
import { platformName } from '../platform-name.ts'
import type { Scan } from './scans.ts'
import { covers, currentScans, isElsewhere, isWhole, scansOf } from './scans.ts'
import { toolName } from './texts.ts'

/** Which scans count, and which of them are good enough to rest on. Ages in milliseconds. */
export interface ScanRules {
  readonly maxAge: number
  readonly maxDatabaseAge?: number | undefined
  readonly trustedTime: boolean
  readonly scanners?: readonly string[] | undefined
  readonly allowEndOfLife: boolean
  readonly allowSuppressed: boolean
}

/** One platform and the newest scans of it. */
export interface Covered {
  readonly platform: PlatformFacts
  readonly scans: readonly Scan[]
  /** Why it may not go in, whatever was found: no scan, none fresh enough, no more updates. */
  readonly flaws: readonly string[]
}

/** The scans of each platform. An image without platforms stands for itself. */
export function coverageOf(rules: ScanRules, facts: Facts): readonly Covered[] {
  const { image } = facts
  const scans = scansOf(facts.evidence).scans.filter(
    (scan) => accepts(rules, scan) && !isElsewhere(scan, image),
  )
  const own = { platform: UNKNOWN, manifest: image.digest, config: image.digest }
  const platforms = image.platforms.length > 0 ? image.platforms : [own]
  return platforms.map((platform) => {
    const current = currentScans(scans.filter((scan) => covers(scan, platform, { ...image, platforms })))
    return { platform, scans: current, flaws: flawsOf(platform, current, rules, facts) }
  })
}

const UNKNOWN = { os: 'unknown', architecture: 'unknown' }

/** True when the tool is one that the policy accepts. */
export function accepts({ scanners }: Pick<ScanRules, 'scanners'>, { found }: Scan): boolean {
  return scanners?.some((name) => name.toLowerCase() === found.tool.name.toLowerCase()) ?? true
}

/** Scans that were found and do not count, as the end of a sentence; empty when there are none. */
export function asideNote(rules: ScanRules, facts: Facts): string {
  const { scans } = scansOf(facts.evidence)
  const tools = [...new Set(scans.filter((scan) => !accepts(rules, scan)).map(toolName))].slice(0, 5)
  const accepted = scans.filter((scan) => accepts(rules, scan))
  const parts = [
    tools.length > 0 && `not counted: ${listed(tools)}, accepted: ${listed(rules.scanners ?? [])}`,
    noted(accepted, (scan) => isElsewhere(scan, facts.image), 'about another image'),
    noted(accepted, (scan) => !isWhole(scan), 'of sources or single advisories only'),
  ]
  return parts.flatMap((part) => (part ? `; ${part}` : [])).join('')
}

function noted(scans: readonly Scan[], is: (scan: Scan) => boolean, what: string): string | undefined {
  const found = scans.filter(is).length
  return found > 0 ? `${count(found, 'scan')} ${what}` : undefined
}

function flawsOf(
  covered: PlatformFacts,
  scans: readonly Scan[],
  rules: ScanRules,
  facts: Facts,
): readonly string[] {
  const name = platformName(covered.platform)
  const whole = scans.filter(isWhole)
  if (whole.length === 0) return [`${name} has no signed vulnerability scan`]
  const stale = whole.map((scan) => ageFlaw(scan, rules, facts.now))
  // One that is fresh is enough; what the others found counts all the same.
  const old = stale.every(Boolean) ? stale.flatMap((flaw) => (flaw ? `${name}: ${flaw}` : [])) : []
  const content = whole.flatMap((scan) => contentFlaw(scan, rules) ?? [])
  return [...old, ...content.map((flaw) => `${name}: ${flaw}`)]
}

function ageFlaw(scan: Scan, rules: ScanRules, now: Date): string | undefined {
  const { maxAge, maxDatabaseAge, trustedTime } = rules
  const stale = staleness(scan.dated, maxAge, now)
  if (stale) return `the scan by ${toolName(scan)} ${stale}`
  if (trustedTime && !scan.dated.proven)
    return `the scan by ${toolName(scan)} has no trusted time, required: one that a timestamp authority or log proves`
  if (maxDatabaseAge === undefined) return undefined
  const database = dateOf({ provenOn: undefined }, scan.found.databaseOn)
  const outdated = staleness(database, maxDatabaseAge, now)
  return outdated && `the database of ${toolName(scan)} ${outdated}`
}

function contentFlaw(
  { found, ...scan }: Scan,
  { allowEndOfLife, allowSuppressed }: ScanRules,
): string | undefined {
  const by = toolName({ found, ...scan })
  if (found.endOfLife && !allowEndOfLife)
    return `${by} says that the distribution gets no more updates, so finding nothing means nothing`
  if ((found.suppressed ?? 0) > 0 && !allowSuppressed)
    return printableLine(
      `${by} was told to leave out ${count(found.suppressed ?? 0, 'finding')}, allowed: none`,
    )
  return undefined
}
