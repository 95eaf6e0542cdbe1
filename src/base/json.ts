import { baseErrors, fail } from './errors.ts'
import { parseEscapedKeys } from './escaped-keys.ts'
import { limits } from './limits.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses foreign JSON strictly. Duplicate keys, invalid UTF-8 and deep nesting are refused, because
 * readers disagree on them: `JSON.parse` takes the last duplicate, protojson rejects it.
 * @throws JSON_INVALID naming `where`
 */
export function parseJson(bytes: Uint8Array, where: string): unknown {
  const text = decode(bytes, where)
  const parsed = text.length <= SHORT ? parseShort(text) : undefined
  if (parsed) return parsed.value
  const flaw = findFlaw(text)
  if (flaw) throw fail(baseErrors.JSON_INVALID, { message: `Found ${flaw}, expected strict JSON.`, where })
  try {
    return Number.isNaN(keysWritten(text))
      ? parseEscapedKeys(text, endOfString)
      : (JSON.parse(text) as unknown)
  } catch (cause) {
    throw fail(baseErrors.JSON_INVALID, { message: `Not JSON: ${(cause as Error).message}`, where, cause })
  }
}

/** Strict JSON that may hold secrets: undefined when broken, because a parser's message quotes what it read. */
export function parseSecretJson(bytes: Uint8Array, where: string): unknown {
  try {
    return parseJson(bytes, where)
  } catch {
    return undefined
  }
}

/** Characters. Longer texts are looked through before they are parsed: they could be nested very deep. */
const SHORT = 64 * 1024

/**
 * Most texts are short and sound, and then counting is enough: with a duplicate key, fewer keys arrive than were
 * written. undefined = something is wrong, and the slow way says what; or a key has an escape, which takes care.
 */
function parseShort(text: string): { readonly value: unknown } | undefined {
  try {
    const value = JSON.parse(text) as unknown
    return keysBelow(value, 0) === keysWritten(text) ? { value } : undefined
  } catch {
    return undefined
  }
}

/** Keys in a value, all levels; NaN, which equals no count, when it is nested too deep. */
function keysBelow(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (depth >= limits.jsonDepth) return Number.NaN
  if (Array.isArray(value)) {
    let below = 0
    for (const each of value) if (typeof each === 'object') below += keysBelow(each, depth + 1)
    return below
  }
  const keys = Object.keys(value)
  let count = keys.length
  for (const key of keys) {
    const each = (value as Record<string, unknown>)[key]
    if (typeof each === 'object') count += keysBelow(each, depth + 1)
  }
  return count
}

/** Strings of valid JSON that a colon follows; NaN when one is written with an escape. */
function keysWritten(text: string): number {
  let count = 0
  let slash = text.indexOf('\\')
  for (let start = text.indexOf('"'), at = start; start >= 0; start = text.indexOf('"', at)) {
    at = endOfString(text, start)
    if (slash >= 0 && slash < start) slash = text.indexOf('\\', start)
    const isEscaped = slash >= 0 && slash < at
    while (isSpace(text.charCodeAt(at))) at++
    if (text.charCodeAt(at) !== COLON) continue
    if (isEscaped) return Number.NaN
    count++
  }
  return count
}

const COLON = 0x3a
const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20]

function isSpace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === RETURN || code === TAB
}

/** Narrows a parsed value to a plain object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw fail(baseErrors.JSON_INVALID, {
      message: 'Found bytes that are not UTF-8, expected JSON.',
      where,
      cause,
    })
  }
}

// One pass over the tokens that matter. Malformed JSON is left to JSON.parse to name.
function findFlaw(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = []
  let previous = ''
  for (const token of tokensOf(text)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined)
      if (open.length > limits.jsonDepth) return `nesting deeper than ${limits.jsonDepth}`
    } else if (token === '}' || token === ']') open.pop()
    else if (token.startsWith('"') && (previous === '{' || previous === ',')) {
      const keys = open.at(-1)
      const key = keys && plain(token)
      if (keys && key !== undefined) {
        if (keys.has(key)) return `the key ${token} twice in one object`
        keys.add(key)
      }
    }
    previous = token
  }
  return undefined
}

function* tokensOf(text: string): Generator<string> {
  const mark = /["{}[\],:]/g
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === '"') mark.lastIndex = endOfString(text, found.index)
    yield found[0] === '"' ? text.slice(found.index, mark.lastIndex) : found[0]
  }
}

/** Past the closing quote. By search and not by one regular expression, which runs out of stack on strings of 8 MB. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text[at - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return at + 1
  }
  return text.length
}

function plain(token: string): string | undefined {
  if (!token.includes('\\')) return token.slice(1, -1)
  try {
    return JSON.parse(token) as string
  } catch {
    return undefined
  }
}
