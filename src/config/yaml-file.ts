import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node } from 'yaml'
import type { Problem } from './problems.ts'
import { invalid } from './problems.ts'

export type Path = readonly PropertyKey[]

interface ProblemOptions {
  /** Point at the value (default), or at the key that leads to it. */
  readonly at?: 'key' | 'value' | undefined
  /** Characters into a one-line text value. */
  readonly offset?: number | undefined
}

/** A YAML file as plain data that still knows where everything stands. */
export interface YamlFile {
  readonly data: unknown
  /** A problem at a path; at the nearest thing above it when the path does not exist. */
  problem(path: Path, message: string, options?: ProblemOptions): Problem
}

type At = (offset: number, message: string) => Problem

const MAX_ALIASES = 100
const MAX_DEPTH = 32
// A run of openers this long overflows the parser's stack, slowly; it is refused before parsing.
const RUN_OF_OPENERS = /(?:[[{]\s*){33}|(?:- ){33}/

/**
 * YAML 1.2 text → data with positions. One document, no duplicate keys, no unknown tags; aliases and nesting bounded.
 * @throws CONFIG_INVALID
 */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter()
  const at: At = (offset, message) => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col), message }
  }
  const run = RUN_OF_OPENERS.exec(text)
  if (run) throw invalid([at(run.index, tooDeep)])
  const document = parse(text, lines, at)
  stopAt([...document.errors, ...document.warnings].map((flaw) => at(flaw.pos[0], notYaml(flaw.message))))
  stopAt(shapeProblems(document.contents, at, 0))
  return {
    data: toData(document, at),
    problem: (path, message, options = {}) => at(offsetOf(document, text, path, options), message),
  }
}

function parse(text: string, lines: LineCounter, at: At): Document {
  try {
    // Duplicate keys are found below: the parser's own check takes quadratic time.
    return parseDocument(text, { lineCounter: lines, uniqueKeys: false, logLevel: 'error' })
  } catch (error) {
    throw error instanceof RangeError ? invalid([at(0, tooDeep)]) : error
  }
}

function toData(document: Document, at: At): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw invalid([at(0, `${error.message}; aliases may multiply a file at most ${MAX_ALIASES} times.`)])
  }
}

function stopAt(problems: readonly Problem[]): void {
  const [first, ...others] = problems
  if (first) throw invalid([first, ...others])
}

const tooDeep = `Nested deeper than ${MAX_DEPTH} levels.`

function notYaml(message: string): string {
  if (message.includes('call stack')) return tooDeep
  if (message.includes('multiple documents')) return 'Found a second YAML document, expected one.'
  return `Not valid YAML: ${message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}.`
}

function shapeProblems(node: unknown, at: At, depth: number): readonly Problem[] {
  if (!isMap(node) && !isSeq(node)) return []
  if (depth > MAX_DEPTH) return [at(startOf(node), tooDeep)]
  if (isSeq(node)) return node.items.flatMap((item) => shapeProblems(item, at, depth + 1))
  const seen = new Map<string, Node>()
  return node.items.flatMap(({ key, value }) => [
    ...keyProblems(key as Node, seen, at),
    ...shapeProblems(value, at, depth + 1),
  ])
}

function keyProblems(key: Node, seen: Map<string, Node>, at: At): readonly Problem[] {
  const here = (message: string) => [at(startOf(key), message)]
  if (!isScalar(key)) return here('Found a key that is not plain text.')
  const name = String(key.value)
  // Objects treat this name specially, and schemas would skip it without a word.
  if (name === '__proto__') return here('Found the unknown key "__proto__".')
  const first = seen.get(name)
  seen.set(name, key)
  return first
    ? here(`Found the key "${name}" twice; it is already in line ${at(startOf(first), '').line}.`)
    : []
}

function offsetOf(document: Document, text: string, path: Path, { at, offset }: ProblemOptions): number {
  let node: unknown = document.contents
  let found = startOf(node)
  for (const [index, segment] of path.entries()) {
    const next = step(isAlias(node) ? node.resolve(document) : node, segment)
    if (!next) return found
    const wantsKey = at === 'key' && index === path.length - 1
    found = startOf(wantsKey || !hasText(next.value) ? (next.key ?? next.value) : next.value)
    node = next.value
  }
  return offset === undefined ? found : found + within(node, text, offset)
}

function step(
  node: unknown,
  segment: PropertyKey,
): { readonly key?: unknown; readonly value: unknown } | undefined {
  if (isSeq(node)) {
    const value = node.items[Number(segment)]
    return value === undefined ? undefined : { value }
  }
  return isMap(node)
    ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment))
    : undefined
}

// An offset into the value is one into the file only where the file writes the value as it is.
function within(node: unknown, text: string, offset: number): number {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return 0
  const start = node.range[0] + (node.type === 'PLAIN' ? 0 : 1)
  return text.startsWith(node.value, start) ? start - node.range[0] + offset : 0
}

// `key:` with nothing after it has no place of its own.
function hasText(node: unknown): boolean {
  const range = (node as Node | null)?.range
  return range !== undefined && range !== null && range[1] > range[0]
}

function startOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0
}
