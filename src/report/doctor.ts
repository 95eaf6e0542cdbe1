import type { DoctorAnswer, Finding } from '../setup/doctor-answer.ts'
import { columns, widthOf, wrap } from './layout.ts'
import { md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { count, line } from './words.ts'

const WIDTH = 100
const WHAT = 48
const WORDS = { ok: 'OK', warning: 'WARN', problem: 'FAIL', skipped: '-' } as const

/** `waybill doctor` as text: by group, each flaw with its fix below it. */
export function doctorText(answer: DoctorAnswer, paint: Paint): string {
  const groups = Map.groupBy(answer.findings, ({ group }) => group)
  const parts = [...groups].map(([group, findings]) => {
    const width = Math.max(...findings.map(({ what }) => widthOf(line(what, WHAT))))
    return [paint.bold(group), ...findings.flatMap((one) => findingLines(one, width, paint))].join('\n')
  })
  return `${parts.join('\n\n')}\n\n${summary(answer, paint)}\n`
}

function findingLines({ what, result, found, fix }: Finding, width: number, paint: Paint): readonly string[] {
  const tone = { ok: paint.good, warning: paint.wait, problem: paint.bad, skipped: paint.dim }[result]
  const name = line(what, WHAT)
  const padded = name + ' '.repeat(width - widthOf(name))
  const head = columns([[`  ${tone(WORDS[result].padEnd(4))}`, padded, line(found, 600)]], WIDTH)
  const isFlaw = result !== 'ok' && fix !== undefined
  return isFlaw
    ? [...head, ...wrap(line(fix, 600), WIDTH - 8).map((text) => `        ${paint.dim(text)}`)]
    : head
}

function summary({ outcome, findings }: DoctorAnswer, paint: Paint): string {
  const problems = findings.filter(({ result }) => result === 'problem').length
  const warnings = findings.filter(({ result }) => result === 'warning').length
  if (outcome === 'problems')
    return paint.bad(`${count(problems, 'problem')}, ${count(warnings, 'warning')}.`)
  if (outcome === 'warnings') return paint.wait(`${count(warnings, 'warning')}; nothing stops the road.`)
  return paint.good('All is well.')
}

export function doctorMarkdown(answer: DoctorAnswer): string {
  const rows = answer.findings.map(({ group, what, result, found, fix }) => [
    WORDS[result],
    md(group),
    md(what),
    md(fix === undefined || result === 'ok' ? found : `${found} ${fix}`),
  ])
  return mdPage(['### Doctor', mdTable(['result', 'group', 'what', 'found'], rows)])
}
