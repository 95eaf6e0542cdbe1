import * as z from 'zod'
import type { ScanScope, Vulnerability, VulnerabilityScan } from '../../attestation/index.ts'
import { greatest, rateSeverity } from '../../attestation/index.ts'
import { fail, isObject, printableLine } from '../../base/index.ts'
import { isDigest } from '../../oci/index.ts'
import { toolsErrors } from '../errors.ts'
import type { RawReport, ReportReader } from '../report-reader.ts'
import { readJsonReport } from './report-json.ts'
import { vulnerabilityClaim } from './vulnerability-claim.ts'

const text = z.string().max(4096)
const cvss = z
  .array(
    z.object({
      version: z.string().optional(),
      metrics: z.object({ baseScore: z.number().min(0).max(10) }).nullish(),
    }),
  )
  .nullish()

const match = z.object({
  vulnerability: z.object({
    id: text.min(1),
    severity: z.string().optional(),
    cvss,
    epss: z.array(z.object({ epss: z.number().min(0).max(1) })).nullish(),
    knownExploited: z.array(z.object({ cve: z.string().optional() })).nullish(),
    fix: z.object({ versions: z.array(text).max(100).nullish(), state: z.string().optional() }).nullish(),
    risk: z.number().optional(),
  }),
  relatedVulnerabilities: z.array(z.object({ id: text.min(1), cvss })).nullish(),
  artifact: z.object({ name: text.min(1), version: text.optional(), purl: text.optional() }),
})

const status = z.object({
  built: z.string().optional(),
  schemaVersion: z.union([z.string(), z.number()]).optional(),
  valid: z.boolean().optional(),
  error: z.unknown().optional(),
})

const grypeReport = z.object({
  matches: z.array(match),
  ignoredMatches: z.array(z.unknown()).nullish(),
  alertsByPackage: z.array(z.object({ alerts: z.array(z.object({ type: z.string() })).nullish() })).nullish(),
  source: z.object({ type: z.string(), target: z.unknown().optional() }),
  descriptor: z.object({
    name: z.literal('grype'),
    version: z.string().optional(),
    timestamp: z.string().optional(),
    // Before v6 of the database its status stood in `db` itself.
    db: z.union([z.object({ status }), status]).nullish(),
  }),
})

type GrypeReport = z.infer<typeof grypeReport>

/** `grype … -o json`. */
export const grypeReader: ReportReader = {
  format: 'grype',
  about: 'Grype JSON (grype -o json)',
  recognises: (report) => {
    const root = report.json()
    return isObject(root) && isObject(root.descriptor) && root.descriptor.name === 'grype'
  },
  read: (report, hints) => {
    const told = readJsonReport(report, grypeReport, 'Grype JSON')
    const database = databaseOf(told, report)
    const uri = 'pkg:github/anchore/grype'
    const version = database?.schemaVersion === undefined ? undefined : String(database.schemaVersion)
    return [
      vulnerabilityClaim(
        { report, format: 'grype', uri, databaseVersion: version },
        toScan(told, database),
        hints,
      ),
    ]
  },
}

function databaseOf({ descriptor: { db } }: GrypeReport, report: RawReport) {
  const told = db && 'status' in db ? db.status : db
  if (told?.valid !== false && !told?.error) return told
  throw fail(toolsErrors.REPORT_FAILED, {
    message: `Found that Grype's database was not valid${typeof told.error === 'string' ? ` (${printableLine(told.error)})` : ''}, expected a valid one.`,
    where: report.where,
  })
}

const SCOPES = new Map<string, ScanScope>([
  ['image', 'image'],
  ['sbom', 'sbom'],
  ['sbom-file', 'sbom'],
])

function toScan(told: GrypeReport, database: z.infer<typeof status> | null | undefined): VulnerabilityScan {
  const { descriptor, source, matches, ignoredMatches, alertsByPackage } = told
  const target = isObject(source.target) ? source.target : {}
  const { os, architecture, variant, manifestDigest, imageID, repoDigests, userInput } = target
  const named = [...(Array.isArray(repoDigests) ? (repoDigests as readonly unknown[]) : []), userInput].map(
    (name) => digestPart(name),
  )
  const platform = [os, architecture, variant].filter((part) => typeof part === 'string' && part !== '')
  return {
    tool: { name: 'grype', version: descriptor.version },
    databaseOn: database?.built,
    finishedOn: descriptor.timestamp,
    vulnerabilities: matches.map(toVulnerability),
    endOfLife: (alertsByPackage ?? []).some(({ alerts }) =>
      alerts?.some(({ type }) => type === 'distro-eol'),
    ),
    scope: SCOPES.get(source.type) ?? 'source',
    platform: typeof os === 'string' && platform.length > 1 ? platform.join('/') : undefined,
    about: [...new Set([manifestDigest, imageID, ...named].filter(isDigest))],
    suppressed: ignoredMatches?.length ?? 0,
  }
}

function digestPart(name: unknown): string | undefined {
  return typeof name === 'string' ? name.split('@', 2)[1] : undefined
}

function toVulnerability(one: z.infer<typeof match>): Vulnerability {
  const { vulnerability: found, artifact } = one
  const related = one.relatedVulnerabilities ?? []
  const aliases = aliasesOf(found.id, related)
  const same = related.filter(({ id }) => id === found.id || aliases.includes(id))
  const scores = [found, ...same].flatMap(({ cvss: ratings }) => baseScores(ratings))
  const score = greatest(scores)
  const exploited = (found.knownExploited?.length ?? 0) > 0
  return {
    id: found.id,
    aliases,
    severity: rateSeverity([found.severity ?? ''], score),
    score,
    epss: found.epss?.reduce<number | undefined>((top, { epss }) => Math.max(top ?? 0, epss), undefined),
    // Empty lists are left out. A Grype that knows of risk knows of CISA's catalogue, an older one does not.
    knownExploited: exploited || (found.risk === undefined ? undefined : false),
    package: {
      name: artifact.name,
      ...(artifact.version && { version: artifact.version }),
      ...(artifact.purl && { purl: artifact.purl }),
    },
    fixedIn: found.fix?.versions?.filter(Boolean) ?? [],
    state: found.fix?.state || undefined,
  }
}

// A distribution's advisory is related to many CVEs and is none of them.
function aliasesOf(id: string, related: readonly { readonly id: string }[]): readonly string[] {
  const others = [...new Set(related.map((one) => one.id))].filter((other) => other !== id)
  return others.length === 1 ? others : []
}

// Of several versions of CVSS the newest: version 2 rates higher, and differently.
function baseScores(ratings: z.infer<typeof cvss>): readonly number[] {
  const all = (ratings ?? []).flatMap(({ version = '', metrics }) =>
    metrics ? [{ major: Number.parseInt(version, 10) || 0, score: metrics.baseScore }] : [],
  )
  const newest = greatest(all.map(({ major }) => major))
  return all.filter(({ major }) => major === newest).map(({ score }) => score)
}
