import type { Admission, BuildOutcome, BuildWarning } from '../pipeline/outcome.ts'
import { checkMarkdown, checkText } from './checks.ts'
import { gateMarkdown, gateText } from './gates.ts'
import { columns, title, wrap } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line, shortDigestText, vouchedText } from './words.ts'

const WIDTH = 80

/** `waybill build` as text. */
export function buildText(outcome: BuildOutcome, paint: Paint): string {
  const rows = buildRows(outcome).map(([name, value]) => [`  ${paint.dim(name)}`, value])
  const { checks = [], admission } = outcome
  return `${[
    ...title(headline(outcome), (text) => paint.bold(toneOf(outcome, paint)(text))),
    `  ${outcome.digest}`,
    ...columns(rows, WIDTH),
    ...(checks.length > 0 ? ['', ...checkText(checks, paint)] : []),
    ...(admission ? ['', ...gateText(admission.verdict.gates, paint)] : []),
    ...(admission ? ['', ...wrap(askedText(admission), WIDTH)] : []),
  ].join('\n')}\n`
}

export function buildMarkdown(outcome: BuildOutcome): string {
  const warnings = (outcome.warnings ?? []).map((warning) => ['warning', told(warning)] as const)
  const rows = [...buildRows(outcome), ...warnings].map(([name, value]) => [md(name), md(value)])
  const { checks = [], admission } = outcome
  return mdPage([
    `### ${md(headline(outcome))}`,
    code(outcome.digest),
    mdTable(['', ''], rows),
    checks.length > 0 ? checkMarkdown(checks) : undefined,
    admission && gateMarkdown(admission.verdict.gates),
    admission && md(askedText(admission)),
  ])
}

/** Which gates these were, and which were not asked. */
function askedText({ environment, left, preview }: Admission): string {
  const later =
    left.length > 0 ? ` Asked on the way in: ${left.map((kind) => line(kind, 30)).join(', ')}.` : ''
  const only = preview
    ? ' A preview: event and branch were not asked about, and no environment takes it.'
    : ''
  return `Gates of ${line(environment, 60)} about the image itself.${later}${only}`
}

function toneOf({ outcome }: BuildOutcome, paint: Paint): (text: string) => string {
  if (outcome === 'refused') return paint.bad
  if (outcome === 'pending') return paint.wait
  return outcome === 'error' ? paint.unsure : paint.good
}

/** Text needs no warnings here: they were told while the build ran. */
function told({ code: name, message }: BuildWarning): string {
  return `${line(name, 60)}: ${line(message, 400)}`
}

function headline({ outcome, application }: BuildOutcome): string {
  const name = line(application, 60)
  if (outcome === 'built') return `Built ${name}`
  if (outcome === 'already') return `${name} is already built`
  if (outcome === 'planned') return `Plan: would build ${name}`
  if (outcome === 'refused') return `Refused: ${name} was built and not pushed`
  if (outcome === 'pending') return `Pending: ${name} was built and cannot be pushed yet`
  return `Error: could not tell whether ${name} may be pushed`
}

function buildRows(outcome: BuildOutcome): readonly (readonly [string, string])[] {
  const { commit, dirty, location, builder, platforms, tags, provenance, signature, evidence } = outcome
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['commit', `${line(commit, 64)}${dirty ? ' with uncommitted changes' : ''}`],
    ['identity', vouchedText(outcome.identity)],
    ['at', line(location)],
    ['tags', tags.map((tag) => line(tag, 128)).join(', ')],
    ['builder', line(builder, 80)],
    ...platforms.map(
      ({ platform, digest }) => ['platform', `${line(platform, 40)} ${shortDigestText(digest)}`] as const,
    ),
    ['provenance', provenance && shortDigestText(provenance)],
    ['evidence', evidence && `${count(evidence.statements, 'statement')} about the source`],
    ['signature', signature && shortDigestText(signature)],
  ]
  return rows.flatMap(([name, value]) => (value ? [[name, value] as const] : []))
}
