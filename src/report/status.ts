import type { EnvironmentStatus, StatusAnswer } from '../insight/answers.ts'
import { columns } from './layout.ts'
import { code, md, mdPage, mdTable } from './markdown.ts'
import type { Paint } from './paint.ts'
import { formatTime, line, shortDigestText } from './words.ts'

const WIDTH = 80
const HEAD = ['environment', 'digest', 'state', 'since', 'tags'] as const

/** `waybill status` as text: a table per application, then what is out of order. */
export function statusText(answer: StatusAnswer, paint: Paint): string {
  if (answer.applications.length === 0) return 'No applications.\n'
  const parts = answer.applications.map(({ application, environments }) =>
    [
      paint.bold(line(application, 76)),
      ...columns(
        [
          ['  environment', 'digest', 'state', 'since (UTC)', 'tags'].map(paint.dim),
          ...environments.map((one) => row(one, paint)),
        ],
        WIDTH,
      ),
      ...environments.flatMap((one) => remarks(one).flatMap((text) => columns([['  ', text]], WIDTH, 0))),
    ].join('\n'),
  )
  return `${parts.join('\n\n')}\n`
}

export function statusMarkdown(answer: StatusAnswer): string {
  return mdPage(
    answer.applications.flatMap(({ application, environments }) => [
      `### ${md(application)}`,
      mdTable(
        HEAD.map((word) => md(word)),
        environments.map((one) => [
          md(one.environment),
          one.digest ? code(shortDigestText(one.digest)) : '',
          md(stateOf(one)),
          one.since ? md(formatTime(one.since)) : '',
          one.tags.map(code).join(' '),
        ]),
      ),
      environments
        .flatMap(remarks)
        .map((text) => `- ${md(text)}`)
        .join('\n'),
    ]),
  )
}

function row(one: EnvironmentStatus, paint: Paint): readonly string[] {
  const isBad =
    one.problem !== undefined || one.drift.length > 0 || one.kind === 'break-glass' || one.hold !== undefined
  const tone = isBad ? paint.bad : one.passed ? paint.good : paint.wait
  return [
    `  ${line(one.environment, 24)}`,
    one.digest ? shortDigestText(one.digest) : '-',
    tone(stateOf(one)),
    one.since ? formatTime(one.since).replace(' UTC', '') : '-',
    line(one.tags.join(' ') || '-', 200),
  ]
}

function stateOf(one: EnvironmentStatus): string {
  if (one.problem) return 'ERROR'
  const state = presentState(one)
  return one.hold ? `${state}, HELD` : state
}

function presentState(one: EnvironmentStatus): string {
  if (!one.digest) return 'empty'
  if (one.drift.length > 0) return 'DRIFT'
  if (one.kind === 'break-glass') return one.passed ? 'FORCED, passed' : 'FORCED'
  return one.passed ? 'passed' : 'not passed'
}

function remarks(one: EnvironmentStatus): readonly string[] {
  const name = line(one.environment, 60)
  return [
    ...(one.problem ? [`${name}: ${line(one.problem.code, 60)}: ${line(one.problem.message)}`] : []),
    ...one.drift.map(
      ({ what, found, expected }) =>
        `${name}: ${line(what, 120)} is ${short(found)}, expected ${short(expected)}`,
    ),
    ...(one.hold
      ? [
          `${name}: HELD by ${line(one.hold.by, 80)} since ${formatTime(one.hold.since)}${one.hold.until ? ` until ${formatTime(one.hold.until)}` : ''}: ${line(one.hold.reason, 200)}`,
        ]
      : []),
    ...(one.kind === 'break-glass' ? [`${name}: what is there was FORCED in (break-glass)`] : []),
    ...(one.quarantined ?? []).map(
      ({ digest, by, reason }) =>
        `${name}: ${shortDigestText(digest)} is barred by ${line(by, 80)}${reason ? `: ${line(reason, 200)}` : ''}`,
    ),
    ...(one.candidate ? [`${name}: ${shortDigestText(one.candidate)} waits upstream`] : []),
    ...(one.rollback
      ? [
          one.rollback.ready
            ? `${name}: rollback to ${shortDigestText(one.rollback.digest)} is ready`
            : `${name}: rollback is not ready: ${line(one.rollback.reason)}`,
        ]
      : []),
  ]
}

function short(text: string): string {
  return /^sha\d+:[0-9a-f]{64}/.test(text) ? shortDigestText(text) : line(text, 80)
}
