import type { ScanOutcome } from '../pipeline/scan-outcome.ts'
import { checkMarkdown, checkText } from './checks.ts'
import { columns, title } from './layout.ts'
import { code, md, mdPage } from './markdown.ts'
import type { Paint } from './paint.ts'
import { line } from './words.ts'

const WIDTH = 80

/** `waybill scan` as text. */
export function scanText(outcome: ScanOutcome, paint: Paint): string {
  const { digest, repository, checks } = outcome
  return `${[
    ...title(headline(outcome), (text) => paint.bold(paint.good(text))),
    `  ${digest}`,
    ...columns([[`  ${paint.dim('at')}`, line(repository)]], WIDTH),
    '',
    ...checkText(checks, paint),
  ].join('\n')}\n`
}

export function scanMarkdown(outcome: ScanOutcome): string {
  return mdPage([`### ${md(headline(outcome))}`, code(outcome.digest), checkMarkdown(outcome.checks)])
}

function headline({ application, outcome }: ScanOutcome): string {
  const name = line(application, 60)
  if (outcome === 'planned') return `Looked into ${name}; nothing is attached`
  return outcome === 'already' ? `Looked into ${name}; it is all known` : `Looked into ${name}`
}
