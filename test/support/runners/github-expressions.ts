import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import { textOf } from './strict.ts'
import type { Fields } from './strict.ts'

// GitHub's own parser and evaluator; the names of contexts and functions are those of the place an expression is in.

export type JobStatus = 'success' | 'failure' | 'cancelled'

const STATUS = ['success', 'failure', 'cancelled', 'always'] as const

/** The value of one expression. @throws on a context or function that is not there */
function evaluate(source: string, contexts: Fields, status?: JobStatus): data.ExpressionData {
  const known = status === undefined ? [] : STATUS.map((name) => ({ name, minArgs: 0, maxArgs: 0 }))
  const parsed = new Parser(new Lexer(source).lex().tokens, Object.keys(contexts), known).parse()
  const functions = STATUS.map((name) => {
    const call = () => new data.BooleanData(name === 'always' || name === status)
    return [name, { name, minArgs: 0, maxArgs: 0, call }] as const
  })
  return new Evaluator(parsed, dataOf(contexts) as data.Dictionary, new Map(functions)).evaluate()
}

/** Text with `${{ }}` in it. */
export function filled(text: unknown, contexts: Fields): string {
  return String(text).replaceAll(/\$\{\{(.*?)\}\}/gs, (_, source: string) =>
    evaluate(source.trim(), contexts).coerceString(),
  )
}

/** An `if`: without a status function it means success as well. */
export function holds(condition: unknown, contexts: Fields, status: JobStatus): boolean {
  if (condition === undefined) return status === 'success'
  const source = textOf(condition).replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1')
  const isAboutStatus = STATUS.some((name) => source.includes(`${name}()`))
  const whole = isAboutStatus ? source : `success() && (${source})`
  return isTrue(evaluate(whole, contexts, status))
}

function isTrue(value: data.ExpressionData): boolean {
  const text = value.coerceString()
  return !['', 'false', '0'].includes(text)
}

function dataOf(value: unknown): data.ExpressionData {
  if (value === undefined || value === null) return new data.Null()
  if (typeof value === 'boolean') return new data.BooleanData(value)
  if (typeof value === 'number') return new data.NumberData(value)
  if (typeof value === 'object')
    return new data.Dictionary(...Object.entries(value).map(([key, one]) => ({ key, value: dataOf(one) })))
  return new data.StringData(String(value as string))
}
