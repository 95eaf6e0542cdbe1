import type { ReplayAnswer, ReplayChange, ReplayedGate, ReplayedRecord } from '../insight/replay-answer.ts'
import { columns, title, wrap } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, formatTime, line, markWords, shortDigestText } from './words.ts'

const WIDTH = 80

/** `waybill replay` as text: the sums, and every promotion that would have gone another way. */
export function replayText(answer: ReplayAnswer, paint: Paint): string {
  return `${[
    ...title(headline(answer), paint.bold),
    ...sums(answer).map((text) => `  ${text}`),
    ...told(answer).flatMap((record) => ['', ...recordText(record, paint)]),
    '',
    ...wrap(UNRECORDED, WIDTH).map(paint.dim),
  ].join('\n')}\n`
}

export function replayMarkdown(answer: ReplayAnswer): string {
  const rows = told(answer).map((record) => [
    `**${WORDS[record.change]}**`,
    `${md(record.application)} ${md(record.environment)} ${record.sequence}`,
    md(formatTime(record.finishedOn)),
    code(shortDigestText(record.digest)),
    [...(record.note === undefined ? [] : [md(record.note)]), ...record.gates.map(gateMarkdown)].join('<br>'),
  ])
  return mdPage([
    `### ${md(headline(answer))}`,
    sums(answer)
      .map((text) => `- ${md(text)}`)
      .join('\n'),
    rows.length > 0 ? mdTable(['', 'Promotion', 'When', 'Digest', 'Why'], rows) : undefined,
    md(UNRECORDED),
  ])
}

const UNRECORDED =
  'Only promotions are recorded: attempts that were refused then left no record, so what this policy would have let in besides is not known.'

const WORDS: Readonly<Record<ReplayChange, string>> = {
  unchanged: 'SAME',
  refused: 'REFUSED',
  admitted: 'LET IN',
  unclear: 'UNCLEAR',
  'not-asked': 'NOT ASKED',
}

const SUMS: Readonly<Record<ReplayChange, string>> = {
  unchanged: 'as it was',
  refused: 'would not have gone in',
  admitted: 'forced in then, would now be let in',
  unclear: 'cannot be told',
  'not-asked': 'rolled back, where no gate is asked',
}

function headline({ policy, since, records }: ReplayAnswer): string {
  return `Replay of ${line(policy, 200)} over ${count(records.length, 'promotion')} since ${formatTime(since)}`
}

function sums({ counts }: ReplayAnswer): readonly string[] {
  const changes = Object.keys(SUMS) as ReplayChange[]
  return changes.flatMap((change) => (counts[change] > 0 ? [`${counts[change]} ${SUMS[change]}`] : []))
}

function told({ records }: ReplayAnswer): readonly ReplayedRecord[] {
  return records.filter(({ change }) => change !== 'unchanged' && change !== 'not-asked')
}

function recordText(record: ReplayedRecord, paint: Paint): readonly string[] {
  const { application, environment, sequence, finishedOn, digest, change, note } = record
  const tone = { refused: paint.bad, admitted: paint.good, unclear: paint.unsure }
  const word = change === 'unchanged' || change === 'not-asked' ? paint.dim : tone[change]
  return [
    ...wrap(
      `${word(WORDS[change])} ${line(application, 60)} ${line(environment, 60)} #${sequence}, ${formatTime(finishedOn)}, ${shortDigestText(digest)}`,
      WIDTH,
      '  ',
    ),
    ...(note === undefined ? [] : wrap(line(note), WIDTH - 2).map((part) => `  ${part}`)),
    ...columns(
      record.gates.map((gate) => [`  ${step(gate)}`, line(gate.gate, 16), line(gate.reason, 1000)]),
      WIDTH,
    ),
  ]
}

function gateMarkdown(gate: ReplayedGate): string {
  return `${step(gate)} ${md(gate.gate)}: ${md(gate.reason)}`
}

/** `PASS→FAIL`; a dash where the gate is not asked. */
function step({ recorded, replayed }: ReplayedGate): string {
  const word = (result: ReplayedGate['recorded']) => (result === undefined ? '-' : markWords[result])
  return `${word(recorded)}→${word(replayed)}`
}
