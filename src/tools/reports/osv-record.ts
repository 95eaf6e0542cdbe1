import * as z from 'zod'
import type { Vulnerability } from '../../attestation/index.ts'
import { greatest, rateSeverity } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { scoreOfVector } from '../cvss.ts'

const text = z.string().max(4096)

const severity = z.array(z.object({ type: z.string(), score: z.string().max(400) })).nullish()

const affected = z.object({
  package: z.object({ name: text.min(1), ecosystem: text.optional(), purl: text.optional() }).nullish(),
  severity,
  ranges: z
    .array(
      z.object({
        type: z.string(),
        events: z
          .array(z.object({ fixed: text.optional() }))
          .max(10_000)
          .nullish(),
      }),
    )
    .max(10_000)
    .nullish(),
  versions: z.array(text).nullish(),
  database_specific: z.unknown().optional(),
})

/** One OSV record (ossf.github.io/osv-schema 1.x), the parts Waybill reads. */
export const osvRecord = z.object({
  id: text.min(1),
  modified: z.string(),
  withdrawn: z.string().nullish(),
  aliases: z.array(text.min(1)).max(100).nullish(),
  severity,
  affected: z.array(affected).max(10_000).nullish(),
  database_specific: z.unknown().optional(),
})

export type OsvRecord = z.infer<typeof osvRecord>
type Affected = z.infer<typeof affected>

/** A package that a scanner found, or that a record names. */
export interface OsvPackage {
  readonly name: string
  readonly version?: string | undefined
  readonly ecosystem?: string | undefined
  readonly purl?: string | undefined
}

/** What a record says of one package. Scores are vectors in OSV; words stand in what each database adds. */
export function vulnerabilityOf(record: OsvRecord, of: OsvPackage | undefined): Vulnerability {
  const concerned = entriesFor(record, of)
  const score = highestScore([...(record.severity ?? []), ...concerned.flatMap((one) => one.severity ?? [])])
  const words = [record.database_specific, ...concerned.map((one) => one.database_specific)].flatMap((own) =>
    isObject(own) && typeof own.severity === 'string' ? own.severity : [],
  )
  const fixedIn = [...new Set(concerned.flatMap(fixes))].slice(0, 100)
  const { name, version, purl } = of ?? {}
  return {
    id: record.id,
    aliases: record.aliases ?? [],
    severity: rateSeverity(words, score),
    score,
    epss: undefined,
    knownExploited: undefined,
    package: name === undefined ? undefined : { name, ...(version && { version }), ...(purl && { purl }) },
    fixedIn,
    // A range that names no fix says that there is none yet; a list of versions says nothing.
    state: fixedIn.length > 0 ? 'fixed' : concerned.some(hasRanges) ? 'not-fixed' : 'unknown',
  }
}

// The entry for this very release of a distribution, where there is one.
function entriesFor(record: OsvRecord, of: OsvPackage | undefined): readonly Affected[] {
  const all = (record.affected ?? []).filter((one) => isAffected(one, of))
  const exact = all.filter((one) => one.package?.ecosystem === of?.ecosystem)
  return exact.length > 0 ? exact : all
}

function isAffected({ package: named }: Affected, of: OsvPackage | undefined): boolean {
  if (!of || !named) return true
  return (
    named.name === of.name &&
    (!of.ecosystem || !named.ecosystem || family(named.ecosystem) === family(of.ecosystem))
  )
}

// `Debian:12` and `Debian` are one ecosystem, told more or less closely.
const family = (ecosystem: string) => ecosystem.split(':', 1)[0]

// Commits of a repository are no versions that one could upgrade to.
const hasRanges = ({ ranges }: Affected) => (ranges ?? []).some(({ type }) => type !== 'GIT')

function fixes({ ranges }: Affected): readonly string[] {
  return (ranges ?? [])
    .filter(({ type }) => type !== 'GIT')
    .flatMap(({ events }) => (events ?? []).flatMap(({ fixed }) => fixed || []))
}

const NEWEST = ['CVSS_V4', 'CVSS_V3', 'CVSS_V2']

// Of several versions of CVSS the newest: version 2 rates higher, and differently.
function highestScore(
  ratings: readonly { readonly type: string; readonly score: string }[],
): number | undefined {
  for (const type of NEWEST) {
    const scores = ratings.filter((one) => one.type === type).flatMap((one) => scoreOfVector(one.score) ?? [])
    if (scores.length > 0) return greatest(scores)
  }
  return undefined
}
