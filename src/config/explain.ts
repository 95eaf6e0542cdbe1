import * as z from 'zod'
import { printableLine } from '../base/index.ts'
import { didYouMean, oneOf } from './did-you-mean.ts'
import type { Problem } from './problems.ts'
import { invalid } from './problems.ts'
import type { Path, YamlFile } from './yaml-file.ts'

type Issue = z.core.$ZodIssue

// Finding a place takes time, and nobody reads more.
const MOST = 50

/**
 * Reads a file's data through a schema.
 * @throws CONFIG_INVALID with every problem, each at its line and column
 */
export async function readThrough<T extends z.ZodType>(schema: T, file: YamlFile): Promise<z.output<T>> {
  const read = await schema.safeParseAsync(file.data, { error: knownKeys, reportInput: true })
  if (read.success) return read.data
  const [first, ...others] = read.error.issues.slice(0, MOST).flatMap((issue) => explain(issue, [], file))
  throw invalid(first ? [first, ...others] : [file.problem([], 'Found something that cannot be read.')])
}

// An "unknown keys" issue does not say which keys there are; its message carries them from here to `explain`.
const knownKeys: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'unrecognized_keys') return undefined
  const { shape } = (issue.inst?._zod.def ?? {}) as { shape?: Readonly<Record<string, unknown>> }
  return JSON.stringify(Object.keys(shape ?? {}))
}

function explain(issue: Issue, above: Path, file: YamlFile): readonly Problem[] {
  const path = [...above, ...issue.path]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, MOST).map((key) => unknownKey(key, path, known(issue), file))
    case 'invalid_union':
      return explainUnion(issue, path, file)
    case 'invalid_key':
      return [
        file.problem(path, `Found the name ${show(path.at(-1))}, ${reasonOf(issue.issues)}.`, { at: 'key' }),
      ]
    case 'invalid_type':
      return [invalidType(issue, path, file)]
    case 'invalid_value':
      return [file.problem(path, notOneOf(issue, path))]
    case 'custom':
      return [file.problem(path, sentence(issue.message), { offset: offsetOf(issue) })]
    case 'too_big':
    case 'too_small':
      return [file.problem(path, `Found ${show(issue.input)}, ${bound(issue)}.`)]
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
      return [file.problem(path, `Found ${show(issue.input)}, ${lower(issue.message)}.`)]
  }
}

function unknownKey(key: string, path: Path, names: readonly string[], file: YamlFile): Problem {
  const message = `Found the unknown key "${printableLine(key, 60)}", expected ${oneOf(names)}.${didYouMean(key, names)}`
  return file.problem([...path, key], message, { at: 'key' })
}

function invalidType(issue: z.core.$ZodIssueInvalidType, path: Path, file: YamlFile): Problem {
  const expected = TYPES[issue.expected] ?? issue.expected
  if (issue.input === undefined) return file.problem(path, missing(path, expected))
  // A file that is no such file at all may be anything: its text is not for the log.
  if (path.length === 0 && typeof issue.input === 'string')
    return file.problem(path, `Found text, expected ${expected}.`)
  const quotes = issue.expected === 'string' && typeof issue.input !== 'object' ? '; put it in quotes' : ''
  return file.problem(path, `Found ${show(issue.input)}, expected ${expected}${quotes}.`)
}

// The branch that got furthest is the one that was meant. When none got anywhere, say what could stand here.
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path, file: YamlFile): readonly Problem[] {
  const meant = issue.errors.find((branch) => branch.length > 0 && branch.every(isInside))
  if (meant) return meant.flatMap((inner) => explain(inner, path, file))
  const flat = issue.errors.flat()
  const unknown = flat.find((inner) => inner.code === 'unrecognized_keys' && inner.path.length === 0)
  if (unknown?.code === 'unrecognized_keys') {
    const names = [...new Set(flat.flatMap((inner) => known(inner)))]
    const foreign = unknown.keys.filter((key) => !names.includes(key))
    if (foreign.length > 0) return foreign.map((key) => unknownKey(key, path, names, file))
    return [file.problem(path, `Found ${show(issue.input)}, expected exactly one of ${oneOf(names)}.`)]
  }
  const telling = flat.find((inner) => inner.code !== 'invalid_type')
  if (telling) return explain(telling, path, file)
  const types = flat.map((inner) =>
    inner.code === 'invalid_type' ? (TYPES[inner.expected] ?? inner.expected) : '',
  )
  if (issue.input === undefined) return [file.problem(path, missing(path, oneOf([...new Set(types)])))]
  return [
    file.problem(
      path,
      types.length > 0
        ? `Found ${show(issue.input)}, expected ${oneOf([...new Set(types)])}.`
        : sentence(issue.message),
    ),
  ]
}

// Inside: the value had the branch's own shape, and only something further in is wrong.
function isInside(issue: Issue): boolean {
  if (issue.code === 'unrecognized_keys') return issue.path.length > 0
  return (
    issue.path.length > 0 &&
    !(issue.path.length === 1 && issue.code === 'invalid_type' && issue.input === undefined)
  )
}

function known(issue: Issue): readonly string[] {
  if (issue.code !== 'unrecognized_keys') return []
  return JSON.parse(issue.message) as string[]
}

function notOneOf({ input, values }: z.core.$ZodIssueInvalidValue, path: Path): string {
  const names = values.map(String)
  if (input === undefined) return missing(path, oneOf(names))
  const words = values.every((value) => typeof value === 'string')
  return `Found ${show(input)}, expected ${oneOf(names)}.${words && typeof input === 'string' ? didYouMean(input, names) : ''}`
}

function missing(path: Path, expected: string): string {
  return `The key "${String(path.at(-1))}" is missing, expected ${expected}.`
}

function bound(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const limit = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`
  const units: Readonly<Record<string, string>> = { string: ' in length', array: ' in the list' }
  return `expected ${limit}${units[issue.origin] ?? ''}`
}

function offsetOf(issue: z.core.$ZodIssueCustom): number | undefined {
  const offset: unknown = issue.params?.offset
  return typeof offset === 'number' ? offset : undefined
}

function reasonOf(issues: readonly z.core.$ZodIssueBase[]): string {
  return lower(issues[0]?.message ?? 'expected a name')
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'keys and values',
  record: 'names and their values',
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
}

function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return `keys (${printableLine(Object.keys(value).join(', ') || 'none', 60)})`
  return typeof value === 'string' ? shownText(value) : JSON.stringify(value)
}

// Keys and passwords end up in the wrong place easily, and what is shown ends up in a log.
function shownText(text: string): string {
  if (text.includes('-----BEGIN ')) return 'the text of a key'
  return `"${printableLine(text.replace(/\/\/[^/@\s]*@/g, '//…@'), 80)}"`
}

function lower(message: string): string {
  const text = message.replace(/\.$/, '')
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.?!]$/.test(text) ? text : `${text}.`
}
