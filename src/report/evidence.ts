import { printableJson } from '../base/index.ts'
import type { EvidenceEntry } from '../insight/answers.ts'
import type { EvidenceAnswer, EvidenceExport, StatementAnswer } from '../insight/evidence-answer.ts'
import { columns, title, wrap } from './layout.ts'
import { code, fenced, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, formatTime, line, shortDigestText } from './words.ts'

const WIDTH = 80

/** `waybill evidence list` as text: what counts first, then what does not and why. */
export function evidenceListText(answer: EvidenceAnswer, paint: Paint): string {
  const tone = { valid: paint.good, invalid: paint.bad, foreign: paint.dim }
  const rows = answer.evidence.flatMap((one) => [
    ...columns(
      [[`  ${tone[one.state](one.state.padEnd(7))}`, line(one.name, 24), shortDigestText(one.payload)]],
      WIDTH,
    ),
    ...wrap(line(one.summary, 1000), WIDTH - 4).map((part) => `    ${part}`),
    ...wrap(circumstances(one), WIDTH - 4).map((part) => `    ${paint.dim(part)}`),
  ])
  return `${[
    ...title(headline(answer), paint.bold),
    `  ${answer.digest}`,
    '',
    ...(rows.length > 0 ? rows : ['  nothing is signed about it']),
  ].join('\n')}\n`
}

export function evidenceListMarkdown(answer: EvidenceAnswer): string {
  const rows = answer.evidence.map((one) => [
    one.state,
    md(one.name),
    md(one.summary),
    md(circumstances(one)),
    code(shortDigestText(one.payload)),
  ])
  return mdPage([
    `### ${md(headline(answer))}`,
    code(answer.digest),
    rows.length > 0
      ? mdTable(['State', 'Type', 'Says', 'Signed', 'Payload'], rows)
      : 'Nothing is signed about it.',
  ])
}

/** `waybill evidence show` as text: what was signed, as JSON in which nothing is harmful. */
export function statementText(answer: StatementAnswer, paint: Paint): string {
  const { evidence } = answer
  const { state, code: why, summary } = evidence
  const counts = `no, ${state}${why === undefined ? '' : ` (${line(why, 60)})`}: ${line(summary, 1000)}`
  const facts = [
    ['type', line(evidence.predicateType)],
    state === 'valid' ? ['signed', circumstances(evidence)] : ['counts', counts],
  ].map(([name = '', value = '']) => [`  ${paint.dim(name)}`, value])
  return `${[
    ...title(`${line(evidence.name, 60)} on ${line(answer.reference, 200)}`, paint.bold),
    ...columns(facts, WIDTH),
    `  ${paint.dim('payload and manifest')}`,
    `    ${evidence.payload}`,
    `    ${evidence.manifest}`,
    '',
    jsonOf(answer),
  ].join('\n')}\n`
}

export function statementMarkdown(answer: StatementAnswer): string {
  const { evidence } = answer
  return mdPage([
    `### ${md(evidence.name)} on ${md(answer.reference)}`,
    evidence.state === 'valid'
      ? md(circumstances(evidence))
      : `> It does not count (${evidence.state}): ${md(evidence.summary)}`,
    fenced('json', jsonOf(answer)),
  ])
}

const NOTHING = 'nothing that counts is of this type; `waybill evidence list` shows what there is'

/** `waybill evidence export` as text. */
export function evidenceExportText(answer: EvidenceExport, paint: Paint): string {
  const { files, left, directory, format } = answer
  const what = `${count(files.length, 'file')} (${format}) in ${line(directory, 200)}`
  return `${[
    ...title(what, paint.bold),
    `  ${answer.digest}`,
    ...columns(
      files.map(({ file, outcome }) => [
        `  ${outcome === 'written' ? 'written' : 'there already'}`,
        line(file, 200),
      ]),
      WIDTH,
    ),
    ...columns(
      left.map(({ manifest, reason }) => [
        `  ${paint.wait('left out')}`,
        `${shortDigestText(manifest)}: ${line(reason)}`,
      ]),
      WIDTH,
    ),
    ...(files.length + left.length === 0 ? wrap(NOTHING, WIDTH - 2).map((part) => `  ${part}`) : []),
  ].join('\n')}\n`
}

/** A long list of foreign JSON is cut nowhere: whoever asks for it wants all of it. */
function jsonOf({ statement }: StatementAnswer): string {
  if (statement === undefined) return 'What was signed cannot be read.'
  return printableJson(JSON.stringify(statement, null, 2))
}

function headline({ reference, evidence }: EvidenceAnswer): string {
  const valid = evidence.filter(({ state }) => state === 'valid').length
  return `${count(valid, 'statement')} of ${evidence.length} on ${line(reference, 200)} ${valid === 1 ? 'counts' : 'count'}`
}

/** Who, when and by whose word, with which tool. */
function circumstances(one: EvidenceEntry): string {
  if (one.state !== 'valid') return `${one.code ?? ''} manifest ${shortDigestText(one.manifest)}`.trim()
  const claimed = one.at ? `${formatTime(one.at)} by its own account` : 'without a date'
  const parts = [
    `by ${line(one.signer, 80)}`,
    one.provenOn ? `proven on ${formatTime(one.provenOn)}` : claimed,
    one.tool && `with ${line(one.tool, 80)}`,
    one.databaseOn && `data of ${formatTime(one.databaseOn)}`,
  ]
  return parts.filter(Boolean).join(', ')
}
