import type { Finding, ReportKind, Severity } from '../../attestation/index.ts'
import { isObject } from '../../base/index.ts'
import { findingsClaim } from '../findings-claim.ts'
import type { RawReport, ReportReader } from '../report-reader.ts'
import { empty, failed, instant, invalid, known, shapeOf, shortText } from '../report-shape.ts'
import { sarifLog } from './sarif-shape.ts'
import type { SarifResult, SarifRule, SarifRun } from './sarif-shape.ts'

/** SARIF 2.1.0 of any static analysis. One claim for each tool; runs of one tool (a run per language) are one claim. */
export const sarifReader: ReportReader = {
  format: 'sarif',
  about: 'SARIF 2.1.0 (CodeQL, Semgrep and other analysers)',
  recognises: (report) => {
    const json = report.json()
    return isObject(json) && Array.isArray(json.runs) && typeof json.version === 'string'
  },
  read: (report, hints) => {
    const { runs } = shapeOf(report, sarifLog, 'a SARIF 2.1.0 log')
    if (runs.length === 0) throw empty('Found no run, expected at least one.', report)
    for (const run of runs) checkRun(run, report)
    const tools = Map.groupBy(runs, ({ tool }) => tool.driver.name)
    return [...tools.values()].map((mine) => findingsClaim(complaintsOf(mine), report, hints))
  },
}

// As code scanning they would let an image through that nobody's code scanner has seen.
const IMAGE_SCANNERS: ReadonlySet<string> = new Set(['trivy', 'grype', 'osv-scanner'])

function checkRun(run: SarifRun, report: RawReport): void {
  const name = shortText(run.tool.driver.name, 60) ?? 'the tool'
  if (IMAGE_SCANNERS.has(name.toLowerCase()))
    throw invalid(
      `Found SARIF of ${name}, which mixes vulnerabilities, secrets and configuration`,
      report,
      `its own JSON, where each is told apart`,
    )
  const broken = (run.invocations ?? []).find(({ executionSuccessful }) => !executionSuccessful)
  if (broken)
    throw failed(`${name} says that it did not run to its end (executionSuccessful is false).`, report)
  const errors = (run.invocations ?? [])
    .flatMap((one) => [
      ...(one.toolExecutionNotifications ?? []),
      ...(one.toolConfigurationNotifications ?? []),
    ])
    .filter(({ level }) => level === 'error')
  const [first] = errors
  if (first)
    throw failed(
      `${name} met ${errors.length} errors of its own: ${shortText(first.message?.text) ?? '(no text)'}`,
      report,
    )
  if ((run.externalPropertyFileReferences?.results ?? []).length > 0)
    throw invalid('Found results that are kept in other files', report, 'all of them in this one')
  if ((run.results ?? []).some((result) => name.toLowerCase() === 'hadolint' && result.ruleId === 'DL1000'))
    throw failed('hadolint could not parse a Dockerfile (DL1000).', report)
  if (!run.results) throw empty(`${name} attempted no scan: its run has no list of results.`, report)
}

function complaintsOf(runs: readonly SarifRun[]) {
  const [first] = runs as readonly [SarifRun, ...SarifRun[]]
  const { driver } = first.tool
  const kind = kindOf(driver.name)
  const names = new Set(runs.map(({ automationDetails }) => automationDetails?.id))
  return {
    format: 'sarif',
    kind,
    tool: {
      name: shortText(driver.name, 100) ?? '(unnamed)',
      // gitleaks writes v8.0.0 whatever its version.
      version:
        driver.name === 'gitleaks' ? undefined : (driver.semanticVersion ?? driver.version ?? undefined),
      uri: driver.informationUri ?? undefined,
    },
    findings: runs.flatMap((run) => (run.results ?? []).flatMap((result) => findingOf(result, run, kind))),
    name: names.size === 1 ? shortText([...names][0]) : undefined,
    ...timesOf(runs),
  }
}

const KINDS = new Map<string, ReportKind>([
  ['gitleaks', 'secrets'],
  ['betterleaks', 'secrets'],
  ['trufflehog', 'secrets'],
  ['checkov', 'misconfiguration'],
  ['kics', 'misconfiguration'],
  ['tfsec', 'misconfiguration'],
  ['terrascan', 'misconfiguration'],
  ['hadolint', 'lint'],
])

/** Which gate a tool's results are for; all that is not known is code scanning. */
function kindOf(driver: string): ReportKind {
  return KINDS.get(driver.toLowerCase()) ?? 'sast'
}

/** A result that says something is wrong, as a finding. One that was mended since the baseline is none. */
function findingOf(result: SarifResult, run: SarifRun, kind: ReportKind): Finding[] {
  const passed = ['pass', 'notApplicable', 'informational'].includes(result.kind ?? 'fail')
  if (passed || result.baselineState === 'absent') return []
  const rule = ruleOf(result, run)
  // What a rule says of itself. The message of a secret scanner may hold the secret.
  const own = rule?.shortDescription?.text ?? rule?.name
  const title = shortText(own ?? (kind === 'secrets' ? undefined : result.message?.text))
  return [
    {
      id: shortText(result.ruleId ?? result.rule?.id ?? rule?.id, 400) ?? '(no rule)',
      severity: severityOf(result, rule),
      ...known({
        title,
        location: locationOf(result),
        suppressed: suppressionOf(result),
        baseline: result.baselineState ?? undefined,
      }),
    },
  ]
}

/** §3.52.3: by index in the named component, else by id; a result's id may go deeper than its rule's (`CA1000/1`). */
function ruleOf(result: SarifResult, { tool }: SarifRun): SarifRule | undefined {
  const extension = result.rule?.toolComponent?.index ?? -1
  const component = extension >= 0 ? tool.extensions?.[extension] : tool.driver
  const index = result.ruleIndex ?? result.rule?.index ?? -1
  if (index >= 0) return component?.rules?.[index]
  const byId = component && rulesById(component)
  for (let id = result.ruleId ?? result.rule?.id ?? ''; id !== ''; id = id.slice(0, id.lastIndexOf('/'))) {
    const rule = byId?.get(id)
    if (rule || !id.includes('/')) return rule
  }
  return undefined
}

type Component = SarifRun['tool']['driver']

// Every result asks, and a tool has thousands of rules.
const ruleTables = new WeakMap<Component, ReadonlyMap<string, SarifRule>>()

function rulesById(component: Component): ReadonlyMap<string, SarifRule> {
  const found =
    ruleTables.get(component) ?? new Map((component.rules ?? []).toReversed().map((one) => [one.id, one]))
  ruleTables.set(component, found)
  return found
}

const LEVELS: Readonly<Record<string, Severity>> = {
  error: 'high',
  warning: 'medium',
  note: 'low',
  none: 'unknown',
}

/** `security-severity`, text or number, else the level: the result's own, its rule's, or `warning` (§3.27.10). */
function severityOf(result: SarifResult, rule: SarifRule | undefined): Severity {
  const given = result.properties?.['security-severity'] ?? rule?.properties?.['security-severity']
  const score = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  if (typeof score === 'number' && score >= 0 && score <= 10) return severityOfScore(score)
  if (result.kind === 'open' || result.kind === 'review') return 'unknown'
  return LEVELS[result.level ?? rule?.defaultConfiguration?.level ?? 'warning'] ?? 'unknown'
}

function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  return score > 0 ? 'low' : 'negligible'
}

/** Suppressed is what is accepted; one that is under review or was rejected stands. Without a status it is accepted. */
function suppressionOf({ suppressions }: SarifResult): string | undefined {
  const [first, ...rest] = suppressions ?? []
  if (!first || [first, ...rest].some(({ status }) => (status ?? 'accepted') !== 'accepted')) return undefined
  const why = shortText(first.justification)
  return why
    ? `${shortText(first.kind, 40) ?? 'suppressed'}: ${why}`
    : (shortText(first.kind, 40) ?? 'suppressed')
}

function locationOf({ locations }: SarifResult): string | undefined {
  const { artifactLocation, region } = locations?.[0]?.physicalLocation ?? {}
  const file = shortText(artifactLocation?.uri, 300)
  if (file === undefined) return undefined
  return region?.startLine ? `${file}:${region.startLine}` : file
}

/** Over all invocations; when one does not say when it ended, nobody knows when all had. */
function timesOf(runs: readonly SarifRun[]) {
  const invocations = runs.flatMap((run) => run.invocations ?? [])
  const ends = invocations.flatMap(({ endTimeUtc }) => instant(endTimeUtc ?? undefined) ?? [])
  const starts = invocations.flatMap(({ startTimeUtc }) => instant(startTimeUtc ?? undefined) ?? [])
  const all = ends.length > 0 && ends.length === invocations.length
  return { startedOn: starts.toSorted()[0], finishedOn: all ? ends.toSorted().at(-1) : undefined }
}
