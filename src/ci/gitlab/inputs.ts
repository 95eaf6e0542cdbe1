import type { Flow, Input } from '../flow.ts'
import { block, flowList, indented, scalar } from '../text.ts'

export const PIPELINE = '.gitlab/waybill.yml'

/** Stands for every application; a rollback is of one. */
export const ALL = 'all'

/** What the form "New pipeline" and schedules ask, and where nobody was asked. GitLab 17.11 (`spec: inputs`). */
function inputsOf(flows: readonly Flow[]): readonly Input[] {
  const startable = flows.filter(({ triggers }) =>
    triggers.some(({ on }) => on === 'person' || on === 'schedule'),
  )
  const flow: Input = {
    name: 'flow',
    about: 'What to run',
    required: false,
    choices: ['build', ...startable.map(({ id }) => id).filter((id) => id !== 'build')],
  }
  const asked = new Map(flows.flatMap(({ inputs }) => inputs).map((input) => [input.name, input]))
  return [flow, ...[...asked.values()].filter((input) => !isOnlyChoice(input))]
}

/** There is nothing to ask. */
export function isOnlyChoice({ choices }: Input): boolean {
  return choices?.length === 1
}

/** `spec` at the head of a file; each input has a default, so that a push needs none. */
export function specLines(flows: readonly Flow[]): readonly string[] {
  return block('spec', block('inputs', inputsOf(flows).flatMap(inputLines)))
}

/** What a `.gitlab-ci.yml` must have: it hands on what it was asked. */
export function includeLines(flows: readonly Flow[]): readonly string[] {
  return block('include', [
    `- local: ${PIPELINE}`,
    ...indented(
      block(
        'inputs',
        inputsOf(flows).map(({ name }) => `${name}: ${inputText(name)}`),
      ),
    ),
  ])
}

/** The text that GitLab puts in place of an input, before it reads a file's meaning. */
export function inputText(name: string): string {
  return `$[[ inputs.${name} ]]`
}

function inputLines({ name, about, choices }: Input): readonly string[] {
  const options = name === 'application' ? [ALL, ...(choices ?? [])] : choices
  const pattern = PATTERNS[name]
  return block(name, [
    `description: ${scalar(name === 'application' ? `${about} (a rollback is of one)` : about)}`,
    `default: ${options ? scalar(options[0] ?? '') : "''"}`,
    ...(options ? [`options: ${flowList(options)}`] : []),
    ...(pattern ? [`regex: ${pattern}`] : []),
  ])
}

const PATTERNS: Readonly<Record<string, string>> = {
  image: String.raw`^[\w./:@+-]*$`,
  version: String.raw`^[\w.+-]*$`,
}
