import { isObject } from '../base/index.ts'
import { code, fenced, md, mdPage } from './markdown.ts'
import { mistake } from './told.ts'
import type { Notice } from './told.ts'

/** An error as it is told: of Waybill's own, with code, place and next step. */
export interface ToldFailure {
  readonly code: string
  readonly message: string
  readonly where?: string | undefined
  readonly next: string
  readonly detail: Readonly<Record<string, unknown>>
}

const PLACE = /^(.+):(\d{1,9}):(\d{1,9})$/

/** Every mistake in a file where it is; anything else as one. */
export function failureNotices({
  code: title,
  message,
  where,
  next,
  detail,
}: ToldFailure): readonly Notice[] {
  const problems = Array.isArray(detail.problems) ? detail.problems.filter(isProblem) : []
  if (problems.length > 0)
    return problems.map((problem) => ({ ...mistake(title, problem.message), ...placeOf(problem) }))
  const [, file, line, column] = PLACE.exec(where ?? '') ?? []
  const place = file === undefined ? {} : { file, line: Number(line), column: Number(column) }
  const at = where === undefined || file !== undefined ? '' : `\nat: ${where}`
  return [{ ...mistake(title, `${message}${at}\nnext: ${next}`), ...place }]
}

/** The error for the page of a run. */
export function failureMarkdown({ code: title, message, where, next }: ToldFailure): string {
  const [first = '', ...more] = message.split('\n')
  return mdPage([
    `### Error ${md(title)}`,
    md(first),
    more.length > 0 ? fenced('text', more.join('\n')) : undefined,
    where === undefined ? undefined : `At ${code(where)}`,
    `Next: ${md(next)}`,
  ])
}

interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

function placeOf({ file, line, column }: Problem) {
  return { file, line, column }
}

/** `detail` is for JSON and has no type; what the configuration's errors put there is known by its shape. */
function isProblem(value: unknown): value is Problem {
  if (!isObject(value)) return false
  const { file, line, column, message } = value
  return [file, message].every((one) => typeof one === 'string') && [line, column].every(Number.isSafeInteger)
}
