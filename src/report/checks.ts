import type { ImageCheck } from '../pipeline/scan-outcome.ts'
import { columns } from './layout.ts'
import { code, md, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { formatTime, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** What tools found, a line for each platform and kind of thing. */
export function checkText(checks: readonly ImageCheck[], paint: Paint): readonly string[] {
  return columns(
    checks.map((check) => [
      `  ${paint.dim(line(check.outcome, 12))}`,
      line(check.platform, 30),
      saidOf(check),
    ]),
    WIDTH,
  )
}

export function checkMarkdown(checks: readonly ImageCheck[]): string {
  const rows = checks.map((check) => [
    md(check.check),
    md(check.platform),
    md(saidOf(check)),
    check.payload ? code(shortDigestText(check.payload)) : md(check.outcome),
  ])
  return mdTable(['Tool', 'Platform', 'Found', 'Evidence'], rows)
}

function saidOf({ summary, check, databaseOn, endOfLife, outcome }: ImageCheck): string {
  const by = outcome === 'already' ? `${check}: ` : ''
  const age = databaseOn === undefined ? '' : `; database of ${formatTime(databaseOn)}`
  const ended = endOfLife && !summary.includes('no more updates') ? '; the distribution has ended' : ''
  return line(`${by}${summary}${age}${ended}`, 400)
}
