import * as z from 'zod'
import type { ScanScope, Vulnerability } from '../../attestation/index.ts'
import { rateSeverity } from '../../attestation/index.ts'
import { fail, isObject, printableLine } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import type { ReportReader } from '../report-reader.ts'
import { osvRecord, vulnerabilityOf } from './osv-record.ts'
import type { OsvRecord } from './osv-record.ts'
import { readJsonReport } from './report-json.ts'
import { vulnerabilityClaim } from './vulnerability-claim.ts'

const text = z.string().max(4096)

const found = z.object({
  package: z.object({ name: text.min(1), version: text.optional(), ecosystem: text.optional() }),
  vulnerabilities: z.array(osvRecord).nullish(),
  groups: z
    .array(z.object({ ids: z.array(text).min(1).max(100), max_severity: z.string().optional() }))
    .nullish(),
})

const results = z.object({
  results: z.array(
    z.object({
      source: z.object({ type: z.string().optional() }).optional(),
      packages: z.array(found).nullish(),
    }),
  ),
  image_metadata: z.unknown().optional(),
})

/** `osv-scanner scan … --format json`, version 2. */
export const osvScannerReader: ReportReader = {
  format: 'osv-scanner',
  about: 'osv-scanner JSON (version 2)',
  recognises: (report) => {
    const root = report.json()
    if (!isObject(root) || !Array.isArray(root.results)) return false
    const [first] = root.results as readonly unknown[]
    const isOwn = isObject(first) && isObject(first.source) && Array.isArray(first.packages)
    return first === undefined
      ? Object.hasOwn(root, 'experimental_config') || Object.hasOwn(root, 'image_metadata')
      : isOwn
  },
  read: (report, hints) => {
    const told = readJsonReport(report, results, 'osv-scanner JSON')
    const packages = told.results.flatMap((one) => one.packages ?? [])
    const scan = {
      tool: { name: 'osv-scanner' },
      databaseOn: undefined,
      finishedOn: undefined,
      vulnerabilities: packages.flatMap(inPackage),
      endOfLife: false,
      scope: scopeOf(told),
    }
    return [
      vulnerabilityClaim(
        { report, format: 'osv-scanner', uri: 'pkg:github/google/osv-scanner' },
        scan,
        hints,
      ),
    ]
  },
}

/** One OSV record: a flaw that somebody knows of in this image, whether or not a scanner found it. */
export const osvReader: ReportReader = {
  format: 'osv',
  about: 'one OSV record',
  recognises: (report) => {
    const root = report.json()
    return (
      isObject(root) &&
      typeof root.id === 'string' &&
      typeof root.modified === 'string' &&
      (Array.isArray(root.affected) || typeof root.schema_version === 'string')
    )
  },
  read: (report, hints) => {
    const record = readJsonReport(report, osvRecord, 'an OSV record')
    if (record.withdrawn)
      throw fail(toolsErrors.REPORT_EMPTY, {
        message: `Found the record ${printableLine(record.id, 80)}, which was withdrawn, expected one that stands.`,
        where: report.where,
      })
    const scan = {
      tool: { name: 'osv' },
      databaseOn: record.modified,
      finishedOn: undefined,
      vulnerabilities: inRecord(record),
      endOfLife: false,
      scope: 'advisory' as const,
    }
    return [vulnerabilityClaim({ report, format: 'osv', uri: 'https://osv.dev' }, scan, hints)]
  },
}

function scopeOf({ results: all, image_metadata: image }: z.infer<typeof results>): ScanScope {
  if (isObject(image)) return 'image'
  return all.length > 0 && all.every(({ source }) => source?.type === 'sbom') ? 'sbom' : 'source'
}

// A group is one flaw under the names of several databases; its highest score counts for all of them.
function inPackage({
  package: of,
  vulnerabilities,
  groups,
}: z.infer<typeof found>): readonly Vulnerability[] {
  const grouped = new Map((groups ?? []).flatMap((group) => group.ids.map((id) => [id, group] as const)))
  return (vulnerabilities ?? []).map((record) => {
    const one = vulnerabilityOf(record, of)
    const group = grouped.get(record.id)
    const others = (group?.ids ?? []).filter((id) => id !== record.id && !one.aliases.includes(id))
    const score = Math.max(one.score ?? -1, scoreOf(group?.max_severity) ?? -1)
    if (score < 0) return { ...one, aliases: [...one.aliases, ...others] }
    const severity = rateSeverity([one.severity], score)
    return { ...one, aliases: [...one.aliases, ...others], score, severity }
  })
}

function scoreOf(given: string | undefined): number | undefined {
  const score = /^\d{1,2}(\.\d+)?$/.test(given ?? '') ? Number(given) : undefined
  return score !== undefined && score <= 10 ? score : undefined
}

function inRecord(record: OsvRecord): readonly Vulnerability[] {
  const named = (record.affected ?? []).flatMap((one) => one.package ?? [])
  const packages = [...new Map(named.map((of) => [JSON.stringify([of.name, of.ecosystem]), of])).values()]
  return packages.length === 0
    ? [vulnerabilityOf(record, undefined)]
    : packages.map((of) => vulnerabilityOf(record, of))
}
