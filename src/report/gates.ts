import type { GateResult } from '../attestation/index.ts'
import type { GateVerdict } from '../policy/index.ts'
import { columns } from './layout.ts'
import { code, md, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, formatTime, line, markWords, paintMark, shortDigestText } from './words.ts'

const WIDTH = 80
const NAME_WIDTH = 16

/** Verdicts as text: the word, the gate, the reason wrapped beside it, and what is waited for. */
export function gateText(gates: readonly GateVerdict[], paint: Paint): readonly string[] {
  if (gates.length === 0) return ['  no gates']
  return columns(
    gates.map((gate) => [`  ${paintMark(gate.result, paint)}`, line(gate.gate, NAME_WIDTH), reasonOf(gate)]),
    WIDTH,
  )
}

/** Verdicts as a Markdown table. */
export function gateMarkdown(gates: readonly GateVerdict[]): string {
  if (gates.length === 0) return 'No gates.'
  const rows = gates.map((gate) => [
    `**${markWords[gate.result]}**`,
    md(gate.gate),
    md(reasonOf(gate)),
    gate.evidence.map((digest) => code(shortDigestText(digest))).join(' '),
  ])
  return mdTable(['Result', 'Gate', 'Reason', 'Evidence'], rows)
}

/** `4 gates pass`, `4 gates pass, 1 waived`, `1 of 4 gates in the way`. What is waived never counts as passed. */
export function gateSummary(gates: readonly { readonly result: GateResult }[]): string {
  if (gates.length === 0) return 'no gates'
  const of = (result: GateResult) => gates.filter((gate) => gate.result === result).length
  const [passing, waived] = [of('pass'), of('waived')]
  const stopping = gates.length - passing - waived
  if (stopping > 0) return `${stopping} of ${count(gates.length, 'gate')} in the way`
  const passed = passing === 1 ? '1 gate passes' : `${passing} gates pass`
  return waived > 0 ? `${passed}, ${waived} waived` : passed
}

function reasonOf(gate: GateVerdict): string {
  const parts = [
    line(gate.reason, 1000),
    gate.earliest ? `Earliest: ${formatTime(gate.earliest)}.` : '',
    gate.waitingFor?.length ? `Waiting for: ${gate.waitingFor.map((one) => line(one, 80)).join(', ')}.` : '',
  ]
  return parts.filter(Boolean).join(' ')
}
