import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import type { CelSubject } from './environment.ts'

/** A flaw of an expression; `offset` counts characters from its start. */
interface CelFlaw {
  readonly message: string
  readonly offset: number
}

export type Compiled = { readonly run: (context: CelContext) => unknown } | { readonly flaw: CelFlaw }
export type CelContext = Readonly<Record<string, unknown>>

const MAX_LENGTH = 4096
const MAX_NESTED_LOOPS = 2
const LOOPS = new Set([
  'all',
  'exists',
  'exists_one',
  'existsOne',
  'map',
  'filter',
  'transformList',
  'transformMap',
])
const FORBIDDEN: Readonly<Record<string, string>> = {
  matches: '"matches" can take exponential time, expected "safeMatches" (RE2 syntax)',
  bind: '"cel.bind" is not supported, expected the value written out',
}

// Expressions are few and come from the configuration; every evaluation, and every statement, asks for them again.
const known = new Map<string, Promise<Compiled>>()
const MOST_KNOWN = 200

/** Parses and type-checks an expression. It must be a bool (or of unknown type, then checked when it runs). */
export function compileCel(expression: string, subject: CelSubject = 'facts'): Promise<Compiled> {
  const key = `${subject} ${expression}`
  const compiling = known.get(key) ?? compile(expression, subject)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(key, compiling)
  return compiling
}

async function compile(expression: string, subject: CelSubject): Promise<Compiled> {
  if (expression.length > MAX_LENGTH)
    return flaw(`found ${expression.length} characters, the limit is ${MAX_LENGTH}`, 0)
  // The language is the heaviest part of the room, and most roads have no expression.
  const { environmentFor } = await import('./environment.ts')
  const environment = await environmentFor(expression, subject)
  try {
    const program = environment.parse(expression)
    const forbidden =
      findForbidden(program.ast, 0) ?? (subject === 'facts' ? findOpenUpstream(program.ast) : undefined)
    if (forbidden) return { flaw: forbidden }
    return checked(program)
  } catch (error) {
    return { flaw: flawFrom(error) }
  }
}

function checked(program: ParseResult): Compiled {
  const { valid, type, error } = program.check()
  if (!valid) return { flaw: flawFrom(error) }
  if (type !== 'bool' && type !== 'dyn') return flaw(`the result is a ${type}, expected a bool`, 0)
  return { run: (context) => program(context) as unknown }
}

// The library's own `matches` runs on backtracking RegExp, and nested loops multiply: both are refused up front.
function findForbidden(node: ASTNode, loops: number): CelFlaw | undefined {
  const name = calledName(node)
  const complaint = name !== undefined && Object.hasOwn(FORBIDDEN, name) ? FORBIDDEN[name] : undefined
  if (complaint) return { message: complaint, offset: node.start }
  const depth = name !== undefined && LOOPS.has(name) ? loops + 1 : loops
  if (depth > MAX_NESTED_LOOPS)
    return { message: `loops nested deeper than ${MAX_NESTED_LOOPS}`, offset: node.start }
  for (const child of childrenOf(node.args)) {
    const found = findForbidden(child, depth)
    if (found) return found
  }
  return undefined
}

// Only environments that are named are read: of "all" of them some would be missing, and that would be true of none.
function findOpenUpstream(node: ASTNode): CelFlaw | undefined {
  if (isUpstream(node))
    return {
      message:
        '"upstream" is asked for one environment by name, expected upstream.dev or upstream["prod-canary"]',
      offset: node.start,
    }
  const isNamed =
    node.op === '.' ||
    (node.op === '[]' && typeof node.args[1].args === 'string' && node.args[1].op === 'value')
  const inner = isNamed && isUpstream((node.args as readonly ASTNode[])[0]) ? [] : childrenOf(node.args)
  return inner.map(findOpenUpstream).find(Boolean)
}

function isUpstream(node: ASTNode | undefined): boolean {
  return node?.op === 'id' && node.args === 'upstream'
}

function calledName(node: ASTNode): string | undefined {
  return node.op === 'call' || node.op === 'rcall' ? node.args[0] : undefined
}

function childrenOf(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(childrenOf)
  return typeof value === 'object' && value !== null && 'op' in value ? [value as ASTNode] : []
}

function flawFrom(error: unknown): CelFlaw {
  const { summary, message, range } = error as {
    summary?: string
    message: string
    range?: { start: number }
  }
  return { message: summary ?? message, offset: range?.start ?? 0 }
}

function flaw(message: string, offset: number): Compiled {
  return { flaw: { message, offset } }
}
