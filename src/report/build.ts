import type { BuildOutcome, BuildWarning } from '../pipeline/outcome.ts'
import { columns, title } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line, shortDigestText, vouchedText } from './words.ts'

const WIDTH = 80

/** `waybill build` as text. */
export function buildText(outcome: BuildOutcome, paint: Paint): string {
  const rows = buildRows(outcome).map(([name, value]) => [`  ${paint.dim(name)}`, value])
  return `${[...title(headline(outcome), (text) => paint.bold(paint.good(text))), `  ${outcome.digest}`, ...columns(rows, WIDTH)].join('\n')}\n`
}

export function buildMarkdown(outcome: BuildOutcome): string {
  const warnings = (outcome.warnings ?? []).map((warning) => ['warning', told(warning)] as const)
  const rows = [...buildRows(outcome), ...warnings].map(([name, value]) => [md(name), md(value)])
  return mdPage([`### ${md(headline(outcome))}`, code(outcome.digest), mdTable(['', ''], rows)])
}

/** Text needs no warnings here: they were told while the build ran. */
function told({ code: name, message }: BuildWarning): string {
  return `${line(name, 60)}: ${line(message, 400)}`
}

function headline({ outcome, application }: BuildOutcome): string {
  const name = line(application, 60)
  if (outcome === 'built') return `Built ${name}`
  return outcome === 'already' ? `${name} is already built` : `Plan: would build ${name}`
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
