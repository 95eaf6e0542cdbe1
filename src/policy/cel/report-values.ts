import type { Evidence, ReportFacts, Severity, VerifiedStatement } from '../../attestation/index.ts'
import { predicateTypes, REPORT, reportIn, severities, statementsOf } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { Report, Sbom, Vulnerabilities } from './records.ts'
import { time } from './time.ts'

interface SignedReport {
  readonly facts: ReportFacts
  readonly statement: VerifiedStatement
}

/** undefined when there is one that cannot be read: nobody can tell what it says. */
function reportsOf({ valid }: Evidence): readonly SignedReport[] | undefined {
  const told = valid.filter(({ statement }) => Object.hasOwn(statement.predicate, REPORT))
  const read = told.flatMap((statement) => {
    const facts = reportIn(statement.statement.predicate)
    return facts ? [{ facts, statement }] : []
  })
  return read.length === told.length ? read : undefined
}

/** What tools reported, whatever it was about. */
export function reportsIn(evidence: Evidence): readonly Report[] | undefined {
  return reportsOf(evidence)?.map(
    ({ facts, statement }) =>
      new Report({
        kind: facts.kind,
        tool: facts.tool.name,
        version: facts.tool.version,
        format: facts.format,
        platform: facts.platform,
        signer: statement.signer.id,
        findings: BigInt(facts.findingsInAll ?? facts.findings?.length ?? 0),
        counts: facts.counts ?? {},
        finishedOn: time(facts.finishedOn),
      }),
  )
}

/** By name, the lowest of all reports. */
export function coverageIn(evidence: Evidence): Readonly<Record<string, number>> | undefined {
  const reports = reportsOf(evidence)
  if (!reports) return undefined
  const lowest = new Map<string, number>()
  for (const { facts } of reports) {
    if (facts.kind !== 'coverage') continue
    for (const [name, value] of Object.entries(facts.counts ?? {}))
      lowest.set(name, Math.min(value, lowest.get(name) ?? value))
  }
  return Object.fromEntries(lowest)
}

/**
 * How many of each severity, the most that any scan found: scans of several platforms see the same packages. Without a
 * number for every scan there is none at all.
 */
export function vulnerabilitiesIn(evidence: Evidence): Vulnerabilities {
  const scans = [predicateTypes.vulnerabilities, predicateTypes['cosign-vulnerabilities']].flatMap((type) =>
    statementsOf(evidence, type),
  )
  const reports = scans.map(({ statement }) => reportIn(statement.predicate))
  const counts = reports.map((facts) => facts && countsOf(facts))
  const read = counts.filter((one) => one !== undefined)
  const most = (count: (one: SeverityCounts) => number) => BigInt(Math.max(...read.map(count)))
  const isWhole = read.length > 0 && read.length === scans.length
  return new Vulnerabilities({
    scans: BigInt(scans.length),
    ...(isWhole && {
      ...Object.fromEntries(severities.map((severity) => [severity, most((one) => one[severity])])),
      total: most((one) => severities.reduce((sum, severity) => sum + one[severity], 0)),
      scannedOn: oldest(reports.map((facts) => time(facts?.finishedOn))),
    }),
  })
}

type SeverityCounts = Readonly<Record<Severity, number>>

function countsOf({ findings, findingsInAll, counts }: ReportFacts): SeverityCounts | undefined {
  if (findings && (findingsInAll ?? findings.length) === findings.length) {
    const of = (severity: Severity) => findings.filter((one) => one.severity === severity).length
    return Object.fromEntries(severities.map((severity) => [severity, of(severity)])) as SeverityCounts
  }
  const told = severities.map((severity) => [severity, counts?.[severity]] as const)
  const isWhole = told.every(([, count]) => Number.isSafeInteger(count) && Number(count) >= 0)
  return isWhole ? (Object.fromEntries(told) as SeverityCounts) : undefined
}

/** undefined when any of them is. */
function oldest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.flatMap((one) => one?.getTime() ?? [])
  return known.length === times.length && known.length > 0 ? new Date(Math.min(...known)) : undefined
}

const PARTS = [
  { type: predicateTypes.cyclonedx, format: 'cyclonedx', list: 'components' },
  { type: predicateTypes.spdx, format: 'spdx', list: 'packages' },
] as const

/** How many components the shortest SBOM lists; undefined when there is none, or one whose list cannot be found. */
export function sbomIn(evidence: Evidence): Sbom {
  const found = PARTS.flatMap(({ type, format, list }) =>
    statementsOf(evidence, type).map(({ statement }) => ({
      format,
      size: sizeOf(statement.predicate, list),
    })),
  )
  const sizes = found.flatMap(({ size }) => size ?? [])
  const isWhole = sizes.length > 0 && sizes.length === found.length
  return new Sbom({
    formats: found.map(({ format }) => format),
    components: isWhole ? BigInt(Math.min(...sizes)) : undefined,
  })
}

// cosign's own wrapper for SPDX puts the document under `Data`.
function sizeOf(predicate: Readonly<Record<string, unknown>>, list: string): number | undefined {
  const document = isObject(predicate['Data']) ? predicate['Data'] : predicate
  const parts = document[list]
  return Array.isArray(parts) ? parts.length : undefined
}
