import { fail, printable } from '../base/index.ts'
import type { WaybillError } from '../base/index.ts'
import { configErrors } from './errors.ts'

/** One thing wrong in a file. Line and column count from 1. */
export interface Problem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** What was found and what was expected. */
  readonly message: string
}

const SHOWN = 20

/** All problems as one error, in the order of the file; the first leads. */
export function invalid(problems: readonly [Problem, ...Problem[]]): WaybillError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const [first = problems[0], ...others] = distinct(sorted)
  const lines = [first, ...others]
    .slice(0, SHOWN)
    .map((one) => `\n  ${one.line}:${one.column}: ${one.message}`)
  const rest = others.length >= SHOWN ? `\n  … and ${others.length + 1 - SHOWN} more` : ''
  return fail(configErrors.CONFIG_INVALID, {
    message: printable(
      others.length === 0 ? first.message : `Found ${others.length + 1} mistakes:${lines.join('')}${rest}`,
    ),
    where: placeOf(first),
    detail: { problems: [first, ...others].slice(0, 100) },
  })
}

function placeOf({ file, line, column }: Problem): string {
  return `${file}:${line}:${column}`
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>()
  return problems.filter((problem) => {
    const text = `${placeOf(problem)} ${problem.message}`
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}
