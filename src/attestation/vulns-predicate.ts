import * as z from 'zod'
import { isObject } from '../base/index.ts'
import { REPORT, reportIn } from './report.ts'
import type { ReportFacts } from './report.ts'
import { rateSeverity } from './severity.ts'
import type { Vulnerability, VulnerabilityScan } from './vulnerability-scan.ts'

/** Key of Waybill's own account of one vulnerability, inside the standard's `annotations`. */
export const VULNERABILITY = 'https://waybill.dev/vulnerability/v1'

const text = z.string().min(1).max(4096)

/** What stands under it: docs/reference/reports/vulnerabilities.md. */
export const vulnerabilityDetail = z.object({
  aliases: z.array(text).max(100).optional().describe('Other ids of the same flaw.'),
  package: z
    .object({ name: text, version: text.optional(), purl: text.optional() })
    .optional()
    .describe('Where it is.'),
  fixedIn: z.array(text).max(100).optional().describe('Versions without it.'),
  state: text.optional().describe("The scanner's own word for whether there is a fix."),
  epss: z.number().min(0).max(1).optional().describe('FIRST EPSS probability.'),
  knownExploited: z.boolean().optional().describe("In CISA's catalogue. Absent: the scanner does not say."),
})

const rating = z.object({ method: z.string(), score: z.union([z.string(), z.number()]) })
// Not `z.record`, which would copy all that other tools write there.
const map = z.custom<Readonly<Record<string, unknown>>>(isObject)
const entry = z.object({
  id: text,
  // The specification calls it an object and shows a list.
  severity: z.union([z.array(rating).max(100), rating]).optional(),
  annotations: z.union([z.array(map).max(100), map]).optional(),
})
// v0.1 describes `vulnerability` around the fields and shows them without.
const nested = z.object({ vulnerability: entry }).transform(({ vulnerability }) => vulnerability)

type Entry = z.infer<typeof entry>
const anyEntry = z.union([entry, nested])

const vulns = z.object({
  scanner: z.object({
    uri: z.string().min(1),
    version: z.string().optional(),
    db: z.object({ lastUpdate: z.string().optional() }).optional(),
    result: z.array(z.unknown()),
  }),
  metadata: z.object({ scanFinishedOn: z.string().optional() }).optional(),
})

type Rating = z.infer<typeof rating>

/**
 * Predicate `https://in-toto.io/attestation/vulns/v0.2` (or v0.1) of any scanner. Ours says more in its annotations
 * and in `REPORT`; whatever is not said is unknown. undefined = nobody can read it.
 */
export function readVulns(predicate: unknown): VulnerabilityScan | undefined {
  const read = isObject(predicate) ? vulns.safeParse(predicate) : undefined
  if (!read?.success || !isObject(predicate)) return undefined
  const { scanner, metadata } = read.data
  const report = reportIn(predicate)
  if (report ? report.kind !== 'vulnerabilities' : predicate[REPORT] !== undefined) return undefined
  const vulnerabilities: Vulnerability[] = []
  for (const one of scanner.result) {
    const told = isPlain(one) ? one : anyEntry.safeParse(one).data
    const found = told && readEntry(told)
    if (!found) return undefined
    vulnerabilities.push(found)
  }
  return {
    tool: report?.tool ?? { name: toolOf(scanner.uri), version: scanner.version },
    databaseOn: scanner.db?.lastUpdate,
    finishedOn: metadata?.scanFinishedOn,
    vulnerabilities,
    endOfLife: report?.endOfLife ?? false,
    scope: report?.scope,
    platform: report?.platform,
    suppressed: report?.counts?.suppressed ?? 0,
    unlisted: Math.max(0, (report?.findingsInAll ?? 0) - vulnerabilities.length),
  }
}

/** A scan → the predicate v0.2. Times that nobody knows are left out and never invented. */
export function vulnsPredicate(scan: VulnerabilityScan, told: ReportFacts, uri: string) {
  const { tool, databaseOn, finishedOn } = scan
  const started = told.startedOn ?? finishedOn
  return {
    scanner: {
      uri,
      ...(tool.version && { version: tool.version }),
      db: {
        ...(told.database?.version && { version: told.database.version }),
        ...(databaseOn && { lastUpdate: databaseOn }),
      },
      result: scan.vulnerabilities.map((found) => writeEntry(found, tool.name)),
    },
    metadata: {
      ...(started && { scanStartedOn: started }),
      ...(finishedOn && { scanFinishedOn: finishedOn }),
    },
    [REPORT]: told,
  }
}

function writeEntry(found: Vulnerability, tool: string) {
  const { id, severity, score, aliases, fixedIn, state, epss, knownExploited } = found
  const own = {
    ...(aliases.length > 0 && { aliases }),
    ...(found.package && { package: found.package }),
    ...(fixedIn.length > 0 && { fixedIn }),
    ...(state && { state }),
    ...(epss !== undefined && { epss }),
    ...(knownExploited !== undefined && { knownExploited }),
  }
  const scored = score === undefined ? [] : [{ method: 'cvss_score', score: String(score) }]
  return {
    id,
    severity: [{ method: tool, score: severity }, ...scored],
    annotations: [{ [VULNERABILITY]: own }],
  }
}

/** As Waybill writes it. There may be thousands, so these are told without the schema, which accepts them all. */
function isPlain(json: unknown): json is Entry {
  if (!isObject(json)) return false
  const { id, severity, annotations } = json
  return (
    isText(id) &&
    Array.isArray(severity) &&
    severity.length <= MOST &&
    severity.every(isRating) &&
    Array.isArray(annotations) &&
    annotations.length <= MOST &&
    annotations.every(isObject)
  )
}

const MOST = 100
const isText = (value: unknown) => typeof value === 'string' && value !== '' && value.length <= 4096

function isRating(json: unknown): boolean {
  if (!isObject(json) || typeof json.method !== 'string') return false
  return typeof json.score === 'string' || Number.isFinite(json.score)
}

function readEntry({ id, severity, annotations }: Entry): Vulnerability | undefined {
  const ratings = severity === undefined ? [] : Array.isArray(severity) ? severity : [severity]
  const maps = annotations === undefined ? [] : Array.isArray(annotations) ? annotations : [annotations]
  const said = maps.find((one) => Object.hasOwn(one, VULNERABILITY))
  const own = said ? vulnerabilityDetail.safeParse(said[VULNERABILITY]) : undefined
  // Our own words that do not hold what we write there: better no account than half of one.
  if (own && !own.success) return undefined
  const score = highest(ratings, CVSS, 10)
  return {
    id,
    aliases: own?.data.aliases ?? [],
    severity: rateSeverity(
      ratings.map((one) => String(one.score)),
      score,
    ),
    score,
    epss: own?.data.epss ?? highest(ratings, EPSS, 1),
    knownExploited: own?.data.knownExploited,
    package: own?.data.package,
    fixedIn: own?.data.fixedIn ?? [],
    state: own?.data.state,
  }
}

const CVSS = /cvss|nvd|ghsa|^score$/i
const EPSS = /^epss/i
const NUMBER = /^\d{1,2}(\.\d+)?$/

/** The highest number among the ratings by these methods. Other methods have scales of their own. */
function highest(ratings: readonly Rating[], methods: RegExp, top: number): number | undefined {
  let best: number | undefined
  for (const { method, score } of ratings) {
    if (!NUMBER.test(String(score)) || !methods.test(method)) continue
    const number = Number(score)
    if (number <= top && number >= (best ?? 0)) best = number
  }
  return best
}

/** `pkg:github/aquasecurity/trivy@v1` and `https://github.com/aquasecurity/trivy` → `trivy`. */
function toolOf(uri: string): string {
  const path = (uri.split(/[?#]/, 1)[0] ?? '').replace(/@[^/@]*$/, '').replace(/(?<!\/)\/+$/, '')
  return (path.slice(path.lastIndexOf('/') + 1) || uri).toLowerCase()
}
