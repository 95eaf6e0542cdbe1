import * as z from 'zod'
import type { Finding, Severity } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { findingsClaim } from '../findings-claim.ts'
import type { RawReport, ReportClaim, ReportHints, ReportReader } from '../report-reader.ts'
import { empty, failed, invalid, known, shapeOf, shortText } from '../report-shape.ts'

// `code_block` is not read: of the framework "secrets" it holds the secret.
const check = z.object({
  check_id: z.string().min(1),
  check_name: z.string().nullish(),
  check_result: z.object({ suppress_comment: z.string().nullish() }).nullish(),
  file_path: z.string().nullish(),
  file_line_range: z.array(z.int()).nullish(),
  severity: z.string().nullish(),
})

const count = z.int().min(0)
const summary = z.object({
  passed: count,
  failed: count,
  skipped: count,
  parsing_errors: count,
  checkov_version: z.string().optional(),
})

const run = z.object({
  check_type: z.string(),
  results: z.object({
    failed_checks: z.array(check),
    skipped_checks: z.array(check).optional(),
  }),
  summary,
})

type Run = z.infer<typeof run>

// One framework: an object; several: a list; nothing scanned: the bare summary.
const shape = z.union([run, z.array(run), summary])

/** checkov JSON. Without an API key checkov rates nothing, so gates go by check id. */
export const checkovReader: ReportReader = {
  format: 'checkov',
  about: 'checkov JSON',
  recognises: (report) => {
    const json = report.json()
    const first: unknown = Array.isArray(json) ? json[0] : json
    if (!isObject(first)) return false
    return 'checkov_version' in first || ('check_type' in first && 'results' in first)
  },
  read: (report, hints) => {
    const given = shapeOf(report, shape, 'the JSON report of checkov')
    const parts = Array.isArray(given) ? given : [given]
    const runs = parts.filter((part) => 'check_type' in part)
    const summaries = parts.map((part) => ('check_type' in part ? part.summary : part))
    refuseUnusable(runs, summaries, report)
    return claimsOf(runs, report, hints)
  },
}

type Summary = z.infer<typeof summary>

function refuseUnusable(runs: readonly Run[], summaries: readonly Summary[], report: RawReport): void {
  const unparsed = summaries.reduce((sum, one) => sum + one.parsing_errors, 0)
  if (unparsed > 0)
    throw failed(`checkov could not parse ${unparsed} of the files, so it did not check them.`, report)
  const checked = summaries.reduce((sum, one) => sum + one.passed + one.failed + one.skipped, 0)
  if (checked === 0) throw empty('checkov checked nothing, expected at least one resource.', report)
  const odd = runs.find(({ results, summary: told }) => results.failed_checks.length !== told.failed)
  if (odd)
    throw invalid(
      `Found ${odd.results.failed_checks.length} failed checks of ${shortText(odd.check_type, 40)} and a summary of ${odd.summary.failed}`,
      report,
      'both to agree',
    )
  if (runs.length === 0)
    throw invalid('Found a summary that counts checks and lists none', report, 'the checks')
}

/** checkov's own secret scanner is a framework like the others; what it finds are secrets. */
function claimsOf(runs: readonly Run[], report: RawReport, hints: ReportHints): readonly ReportClaim[] {
  const parts = [
    { kind: 'secrets', runs: runs.filter(({ check_type }) => check_type === 'secrets') },
    { kind: 'misconfiguration', runs: runs.filter(({ check_type }) => check_type !== 'secrets') },
  ] as const
  return parts.flatMap(({ kind, runs: mine }) => {
    if (mine.length === 0) return []
    const tool = { name: 'checkov', version: mine[0]?.summary.checkov_version, uri: 'https://www.checkov.io' }
    const findings = mine.flatMap(findingsOf)
    // With --quiet skipped checks are counted and not listed.
    const suppressed = mine.reduce((sum, one) => sum + one.summary.skipped, 0)
    return [findingsClaim({ format: 'checkov', kind, tool, findings, suppressed }, report, hints)]
  })
}

function findingsOf({ results }: Run): Finding[] {
  const skipped = (results.skipped_checks ?? []).map((one) => ({
    ...findingOf(one),
    suppressed: shortText(one.check_result?.suppress_comment) ?? 'checkov:skip',
  }))
  return [...results.failed_checks.map(findingOf), ...skipped]
}

const WORDS: Readonly<Record<string, Severity>> = {
  CRITICAL: 'critical',
  HIGH: 'high',
  MEDIUM: 'medium',
  LOW: 'low',
}

function findingOf(one: z.infer<typeof check>): Finding {
  const line = one.file_line_range?.[0]
  const file = shortText(one.file_path, 300)
  return {
    id: one.check_id.slice(0, 400),
    severity: WORDS[one.severity?.toUpperCase() ?? ''] ?? 'unknown',
    ...known({
      title: shortText(one.check_name),
      location: file === undefined ? undefined : line === undefined ? file : `${file}:${line}`,
    }),
  }
}
