import type { RescanAnswer, RescannedImage } from '../insight/rescan-answer.ts'
import { columns, title, wrap } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, formatTime, line, markWords, paintMark, shortDigestText } from './words.ts'
import type { Mark } from './words.ts'

const WIDTH = 80

/** `waybill rescan` as text: what would no longer be admitted first, then what runs out, then the rest in a line each. */
export function rescanText(answer: RescanAnswer, paint: Paint): string {
  const tone = { admitted: paint.good, refused: paint.bad, pending: paint.wait, error: paint.unsure }
  return `${[
    ...title(headline(answer), (text) => paint.bold(tone[answer.outcome](text))),
    ...answer.imported.flatMap(({ summary, outcome }) =>
      columns([[`  ${paint.dim(line(outcome, 12))}`, line(summary)]], WIDTH),
    ),
    ...answer.unread.flatMap(({ application, environment, code: why, message }) => [
      '',
      ...wrap(`${paint.unsure(markWords.error)} ${line(application, 60)} ${line(environment, 60)}`, WIDTH),
      ...wrap(`${line(why, 60)}: ${line(message)}`, WIDTH - 2).map((text) => `  ${text}`),
    ]),
    ...sorted(answer.images).flatMap((image) => ['', ...imageText(image, paint)]),
  ].join('\n')}\n`
}

/** The same for a job summary. */
export function rescanMarkdown(answer: RescanAnswer): string {
  const rows = sorted(answer.images).map((image) => [
    `**${markWords[markOf(image)]}**`,
    `${md(image.application)} ${md(image.environment)}`,
    ROLES[image.role],
    code(shortDigestText(image.digest)),
    whyOf(image).map(md).join('<br>'),
    md(nearestText(image) ?? ''),
  ])
  return mdPage([
    `### ${md(headline(answer))}`,
    rows.length > 0 ? mdTable(['', 'Where', 'What', 'Digest', 'Why', 'Instead'], rows) : undefined,
    ...answer.unread.map(
      ({ application, environment, code: why, message }) =>
        `> Not read: ${md(application)} ${md(environment)}: ${md(why)}: ${md(message)}`,
    ),
    answer.imported.length > 0
      ? answer.imported.map(({ summary, outcome }) => `- ${md(outcome)}: ${md(summary)}`).join('\n')
      : undefined,
  ])
}

const ROLES = { live: 'live', rollback: 'ready for a rollback' } as const
const RANK = { fail: 0, error: 1, pending: 2, pass: 3 } as const

function sorted(images: readonly RescannedImage[]): readonly RescannedImage[] {
  const rank = ({ result, expiring }: RescannedImage) => RANK[result] + (expiring.length > 0 ? 0 : 0.5)
  return images.toSorted((a, b) => rank(a) - rank(b))
}

/** What is let in by a waiver is never called a pass. */
function markOf({ result, gates }: RescannedImage): Mark {
  return result === 'pass' && gates.some((gate) => gate.result === 'waived') ? 'waived' : result
}

function headline({ outcome, images, judgedOn }: RescanAnswer): string {
  const out = images.filter(({ result }) => result === 'fail').length
  const soon = images.filter(({ result, expiring }) => result === 'pending' || expiring.length > 0).length
  const of = `${count(images.length, 'image')} on ${formatTime(judgedOn)}`
  switch (outcome) {
    case 'admitted':
      return `All still admitted: ${of}`
    case 'refused':
      return `No longer admitted: ${out} of ${of}`
    case 'pending':
      return `Still admitted, ${soon} not for long: ${of}`
    case 'error':
      return `Could not tell of all: ${of}`
  }
}

function imageText(image: RescannedImage, paint: Paint): readonly string[] {
  const { application, environment, role, digest, version, sequence, since } = image
  const name = [line(application, 60), line(environment, 60), version && line(version, 40)].filter(Boolean)
  const gates = image.gates.filter(({ result }) => result !== 'pass')
  const near = nearestText(image)
  return [
    ...wrap(
      `${paintMark(markOf(image), paint)} ${paint.bold(name.join(' '))} ${shortDigestText(digest)}, ${ROLES[role]}, #${sequence} since ${formatTime(since)}`,
      WIDTH,
      '  ',
    ),
    ...columns(
      gates.map(({ gate, result, reason }) => [
        `  ${paintMark(result, paint)}`,
        line(gate, 16),
        line(reason, 1000),
      ]),
      WIDTH,
    ),
    ...image.expiring.flatMap(({ gate, by, reason }) =>
      columns(
        [[`  ${paint.wait('SOON')}`, line(gate, 16), `by ${formatTime(by)}: ${line(reason, 1000)}`]],
        WIDTH,
      ),
    ),
    ...(image.problem ? wrap(problemText(image.problem), WIDTH - 2).map((text) => `  ${text}`) : []),
    ...(near === undefined ? [] : wrap(near, WIDTH - 2).map((text) => `  ${text}`)),
  ]
}

function whyOf({ gates, expiring, problem, result }: RescannedImage): readonly string[] {
  const said = gates
    .filter((gate) => gate.result !== 'pass')
    .map((gate) => `${markWords[gate.result]} ${gate.gate}: ${gate.reason}`)
  const soon = expiring.map(({ gate, by, reason }) => `SOON ${gate}, by ${formatTime(by)}: ${reason}`)
  const all = [...said, ...soon, ...(problem ? [problemText(problem)] : [])]
  return all.length === 0 && result === 'pass' ? ['every gate lets it in'] : all
}

function problemText({ code: why, message }: NonNullable<RescannedImage['problem']>): string {
  return `${line(why, 60)}: ${line(message)}`
}

function nearestText({ nearest, result, environment }: RescannedImage): string | undefined {
  if (!nearest)
    return result === 'fail' || result === 'pending'
      ? 'Nothing at hand would be admitted in its place.'
      : undefined
  const { digest, version, sequence } = nearest
  const name = `${shortDigestText(digest)}${version ? ` (${line(version, 40)})` : ''}`
  const where = nearest.environment === environment ? 'was here' : `is in ${line(nearest.environment, 60)}`
  return `Would be admitted in its place: ${name}, which ${where} as #${sequence}.`
}
