import * as z from 'zod'
import { REPORT, predicateTypes } from '../../attestation/index.ts'
import type { Finding, ReportFacts, TestResult } from '../../attestation/index.ts'
import { hexOf } from '../../oci/index.ts'
import type { RawReport, ReportClaim, ReportHints } from '../report-reader.ts'
import { empty, invalid, known, shapeOf, shortText } from '../report-shape.ts'

const condition = z.object({
  status: z.enum(['OK', 'WARN', 'ERROR', 'NO_VALUE']),
  metricKey: z.string().min(1),
  comparator: z.string().optional(),
  errorThreshold: z.string().optional(),
  actualValue: z.string().optional(),
})

const shape = z.object({
  projectStatus: z.object({
    status: z.enum(['OK', 'WARN', 'ERROR', 'NONE']),
    conditions: z.array(condition).optional(),
    ignoredConditions: z.boolean().optional(),
  }),
})

/** What a live analysis knows besides its status. */
export interface SonarAnalysis {
  readonly dashboard?: string | undefined
  readonly branch?: string | undefined
  readonly pullRequest?: string | undefined
  readonly analysisId?: string | undefined
  readonly serverVersion?: string | undefined
  readonly startedOn?: string | undefined
  readonly finishedOn?: string | undefined
}

const RESULTS = { OK: 'PASSED', WARN: 'WARNED', ERROR: 'FAILED' } as const

/**
 * A quality gate's status → its claim, named after the project. What failed is a finding by its metric's name.
 * @throws REPORT_EMPTY for NONE: no gate is set, so nothing was asked
 */
export function sonarClaim(report: RawReport, hints: ReportHints, analysis: SonarAnalysis = {}): ReportClaim {
  const { projectStatus } = shapeOf(report, shape, "SonarQube's project_status")
  const { status, conditions = [], ignoredConditions = false } = projectStatus
  if (status === 'NONE') throw empty('SonarQube has no quality gate for this project (status NONE).', report)
  const missed = conditions.filter((one) => one.status === 'ERROR' || one.status === 'WARN')
  if (status === 'OK' && missed.some((one) => one.status === 'ERROR'))
    throw invalid('Found the status OK beside a condition that failed', report, 'both to agree')
  const name = hints.suite ?? 'quality'
  const counts = {
    conditions: conditions.length,
    failed: missed.length,
    ignoredConditions: Number(ignoredConditions),
  }
  const told: ReportFacts = {
    kind: 'quality',
    tool: { name: 'sonarqube', ...known({ version: analysis.serverVersion ?? hints.toolVersion }) },
    format: 'sonarqube',
    digest: report.digest,
    ...known({ startedOn: analysis.startedOn, finishedOn: analysis.finishedOn ?? hints.finishedOn }),
    counts,
    findings: missed.map(findingOf),
  }
  const { dashboard: uri, branch, pullRequest, analysisId } = analysis
  const annotations = { ...counts, ...known({ branch, pullRequest, analysisId }) }
  const predicate: TestResult = {
    result: RESULTS[status],
    configuration: [{ name, ...known({ uri }), digest: { sha256: hexOf(report.digest) }, annotations }],
    failedTests: missed.map(({ metricKey }) => metricKey),
  }
  return {
    format: 'sonarqube',
    kind: 'quality',
    predicateType: predicateTypes['test-result'],
    predicate: { ...predicate, [REPORT]: told },
    about: [],
    summary: `quality gate of ${name}: ${status}${missed.length > 0 ? `, ${missed.length} of ${conditions.length} conditions missed` : ''}`,
  }
}

const SIGNS = new Map([
  ['LT', 'at least'],
  ['GT', 'at most'],
])

function findingOf({
  status,
  metricKey,
  comparator = '',
  errorThreshold,
  actualValue,
}: z.infer<typeof condition>): Finding {
  const wanted =
    errorThreshold === undefined ? '' : `, required: ${SIGNS.get(comparator) ?? comparator} ${errorThreshold}`
  return {
    id: metricKey.slice(0, 400),
    severity: status === 'ERROR' ? 'high' : 'medium',
    ...known({ title: shortText(`${actualValue ?? 'no value'}${wanted}`) }),
  }
}
