import type { InitAnswer } from '../setup/init-answer.ts'
import { columns, title } from './layout.ts'
import type { Paint } from './paint.ts'
import { line } from './words.ts'

const WIDTH = 100

/** `waybill init` as text: what was written, and how to go on. */
export function initText(answer: InitAnswer, paint: Paint): string {
  const { application, environments, files, secrets, next } = answer
  const state = { created: paint.good('created'), kept: paint.dim('kept'), planned: paint.wait('planned') }
  const begun = answer.outcome === 'created' ? 'Begun' : 'Would begin'
  return `${[
    ...title(`${begun}: ${line(application, 60)} in ${line(answer.directory, 200)}`, paint.bold),
    '',
    ...columns(
      environments.map(({ name, repository }) => [`  ${line(name, 40)}`, line(repository, 200)]),
      WIDTH,
    ),
    '',
    ...columns(
      files.map((file) => [`  ${state[file.state]}`, line(file.path, 300), paint.dim(file.about)]),
      200,
    ),
    '',
    paint.bold('Secrets of the CI system'),
    ...columns(
      secrets.map(({ variable, file }) => [`  ${variable}`, line(file, 300)]),
      WIDTH,
    ),
    '',
    paint.bold('Go on'),
    ...next.flatMap((step) => [
      `  ${line(step.line, 300)}${step.about ? paint.dim(`   # ${step.about}`) : ''}`,
    ]),
  ].join('\n')}\n`
}
