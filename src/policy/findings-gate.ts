import type { Finding, ReportFacts, ReportKind, Severity } from '../attestation/index.ts'
import { printableLine } from '../base/index.ts'
import { conclude, unreadablePart } from './conclude.ts'
import type { Objection, Part } from './conclude.ts'
import type { Facts } from './facts.ts'
import type { Judgement } from './judgement.ts'
import { count } from './judgement.ts'
import { absence, reportsOf, standing } from './reports.ts'
import type { Reported } from './reports.ts'

/** What a gate over findings of scanners asks for. */
export interface FindingsRule {
  readonly gate: string
  readonly kinds: readonly ReportKind[]
  /** What was scanned for: `scan for secrets`. */
  readonly scan: string
  /** One thing it finds: `secret`. */
  readonly noun: string
  readonly blocks: (finding: Finding) => boolean
  /** Every finding of these severities blocks, so one that is not listed is a no all the same. */
  readonly severities: readonly Severity[]
  /** Findings of other severities may block too, by their id. */
  readonly byId: boolean
  readonly tools: readonly string[] | undefined
  readonly allowSuppressed: boolean
  readonly maxAge: number | undefined
  readonly signers: readonly string[] | undefined
}

/**
 * Scanners looked at every platform, recently enough, and none found anything that blocks. What one scan found is not
 * undone by another scan that did not find it.
 */
export function judgeFindings(rule: FindingsRule, facts: Facts): Judgement {
  const { read, unreadable } = reportsOf(facts.evidence, rule.kinds, rule.signers)
  const reports = standing(read, facts)
  const needed = rule.tools ?? [undefined]
  const parts = [
    ...reports.map((reported) => partOf(reported, rule)),
    ...needed.map((tool) => presence(tool, reports, rule, facts)),
    ...unreadablePart(unreadable, `signed ${rule.scan}`),
  ]
  return conclude(rule.gate, parts, facts)
}

/** Is there a fresh report of this tool about every platform? A part that speaks only when there is none. */
function presence(
  tool: string | undefined,
  reports: readonly Reported[],
  rule: FindingsRule,
  facts: Facts,
): Part {
  const what = tool === undefined ? `signed ${rule.scan}` : `signed ${rule.scan} by ${tool}`
  const wanted = tool?.toLowerCase()
  const own = reports.filter(
    ({ report }) => wanted === undefined || report?.tool.name.toLowerCase() === wanted,
  )
  return { missing: absence(own, { what, maxAge: rule.maxAge }, facts), basis: own }
}

function partOf(reported: Reported, rule: FindingsRule): Part {
  const { report } = reported
  const title = `${printableLine(report?.tool.name ?? 'a tool', 40)} (${printableLine(reported.name ?? rule.scan, 40)})`
  if (!report?.findings) {
    const doubt = `The ${rule.scan} of ${title} does not list what it found`
    return { doubt, basis: [reported] }
  }
  const live = report.findings.filter(({ suppressed }) => suppressed === undefined)
  const blocking = live.filter(rule.blocks)
  const hidden = hiddenOf(report, live, rule)
  const suppressed = suppressedOf(report)
  const objections = [
    ...blocking.map(objectionOf),
    ...unnamed(hidden.blocking, `not listed in the statement of ${title}`),
    ...(rule.allowSuppressed ? [] : suppressed.listed.map(objectionOf)),
    ...(rule.allowSuppressed
      ? []
      : unnamed(suppressed.unlisted, `suppressed, not listed in the statement of ${title}`)),
  ]
  const number = Math.max(live.length, report.counts?.findings ?? 0)
  const aside = suppressed.number > 0 ? `, ${suppressed.number} suppressed` : ''
  const text = `${title}: ${count(number, rule.noun)} found${aside}`
  const contradicts = reported.predicate.result !== 'PASSED' && number === 0
  const doubt = contradicts
    ? `${title} says ${reported.predicate.result} and lists nothing`
    : hidden.doubt && `${title}: ${hidden.doubt}`
  return {
    good: text,
    bad: `${text}, ${blockedText(blocking.length + hidden.blocking, suppressed.number, rule)}`,
    objections,
    doubt,
    basis: [reported],
  }
}

function blockedText(blocking: number, suppressed: number, { allowSuppressed }: FindingsRule): string {
  const parts = [
    ...(blocking > 0 ? [`${blocking} of them may not be there`] : []),
    ...(!allowSuppressed && suppressed > 0 ? ['suppressed ones are not allowed'] : []),
  ]
  return parts.join(', ')
}

function objectionOf({ id, severity, title, location, suppressed }: Finding): Objection {
  const about = [title, location, suppressed && `suppressed: ${suppressed}`].filter(Boolean).join(', ')
  return { id: printableLine(id), ids: [id], severity, ...(about && { about: printableLine(about) }) }
}

/** What is known by number only; no waiver can name it. */
function unnamed(number: number, about: string): readonly Objection[] {
  return number > 0 ? [{ id: `(${number} more)`, ids: [], about }] : []
}

/** Findings that are counted and not listed: a no where severity alone decides, else nobody can tell. */
function hiddenOf(report: ReportFacts, live: readonly Finding[], { severities, byId }: FindingsRule) {
  const counts = report.counts ?? {}
  const cut = (report.findingsInAll ?? 0) > (report.findings?.length ?? 0)
  const unlisted = Math.max(0, (counts.findings ?? 0) - live.length)
  if (unlisted === 0 && (!cut || counts.findings !== undefined)) return { blocking: 0, doubt: undefined }
  const more = (severity: Severity) =>
    Math.max(0, (counts[severity] ?? 0) - live.filter((finding) => finding.severity === severity).length)
  const blocking = severities.reduce((sum, severity) => sum + more(severity), 0)
  const isKnown =
    counts.findings !== undefined && severities.every((severity) => counts[severity] !== undefined)
  const doubt = byId || !isKnown ? `${unlisted || 'some'} findings are not listed` : undefined
  return { blocking, doubt }
}

function suppressedOf(report: ReportFacts) {
  const listedOnes = (report.findings ?? []).filter(({ suppressed }) => suppressed !== undefined)
  const number = Math.max(listedOnes.length, report.counts?.suppressed ?? 0)
  return { listed: listedOnes, number, unlisted: number - listedOnes.length }
}
