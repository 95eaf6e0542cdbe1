import type { CiCheckAnswer, CiFileState, CiInitAnswer } from '../setup/ci-answer.ts'
import { columns, title } from './layout.ts'
import type { Paint } from './paint.ts'
import { line, lines } from './words.ts'

const WIDTH = 200

/** `waybill ci init` as text: each file and what was done with it; with `--dry-run` the differences. */
export function ciInitText({ outcome, system, directory, files }: CiInitAnswer, paint: Paint): string {
  const done = { written: 'Written', planned: 'Would write', current: 'Already so' }[outcome]
  const change = {
    created: paint.good('created'),
    changed: paint.wait('changed'),
    removed: paint.wait('removed'),
    kept: paint.dim('kept'),
  }
  const diffs = files.flatMap(({ diff }) => (diff === undefined ? [] : ['', ...shownDiff(diff, paint)]))
  return `${[
    ...title(`${done}: pipelines of ${system} in ${line(directory, 200)}`, paint.bold),
    '',
    ...columns(
      files.map((file) => [`  ${change[file.change]}`, line(file.path, 300)]),
      WIDTH,
    ),
    ...diffs,
    ...(outcome === 'written'
      ? ['', paint.bold('Go on'), '  docs/waybill-ci.md says what to set up beside the files.']
      : []),
  ].join('\n')}\n`
}

function shownDiff(diff: string, paint: Paint): readonly string[] {
  const colour = (text: string) => {
    if (text.startsWith('+')) return paint.good(text)
    return text.startsWith('-') ? paint.bad(text) : paint.dim(text)
  }
  return lines(diff.trimEnd()).map(colour)
}

/** `waybill ci check` as text. */
export function ciCheckText({ outcome, files }: CiCheckAnswer, paint: Paint): string {
  const state: Readonly<Record<CiFileState, string>> = {
    current: paint.good('current'),
    stale: paint.wait('stale'),
    edited: paint.bad('edited'),
    missing: paint.bad('missing'),
    leftover: paint.wait('leftover'),
  }
  const systems = [...new Set(files.map(({ system }) => system))]
  return `${[
    ...title(
      outcome === 'current'
        ? 'The pipelines are what waybill.yaml asks for'
        : 'The pipelines are not what waybill.yaml asks for',
      paint.bold,
    ),
    '',
    ...columns(
      files.map((file) => [`  ${state[file.state]}`, line(file.path, 300), paint.dim(file.system)]),
      WIDTH,
    ),
    ...(outcome === 'current'
      ? []
      : [
          '',
          paint.bold('Go on'),
          ...systems.map(
            (system) => `  waybill ci init ${system} --dry-run${paint.dim('   # the difference')}`,
          ),
        ]),
  ].join('\n')}\n`
}
