import { isScalar, Scalar } from 'yaml'
import type { Pair, ParsedNode, YAMLMap } from 'yaml'
import { scalarText } from './yaml-scalar.ts'

export type KeyPair = Pair<ParsedNode, ParsedNode | null>

/** Characters `start` to `end` of a text replaced by `text`. */
export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

interface Entry {
  readonly key: string
  readonly value: string
}

/** The value of a scalar, in the style it has. */
export function overNode(text: string, node: Scalar.Parsed, value: string): Splice {
  const [start, end] = node.range
  const written = scalarText(value, node.type)
  // A block scalar's range takes its last line break along.
  return { start, end, text: text.slice(start, end).endsWith('\n') ? written + eolOf(text) : written }
}

/** A value for `digest:` with nothing after it: behind the colon, never glued to a comment. */
export function intoEmpty(text: string, pair: KeyPair | undefined, value: string): Splice {
  const colon = separators(pair).find((token) => token.type === 'map-value-ind')?.offset
  if (colon === undefined) return { start: 0, end: 0, text: scalarText(value) }
  const next = text[colon + 1] ?? '\n'
  return { start: colon + 1, end: colon + 1, text: ` ${scalarText(value)}${/\s/.test(next) ? '' : ' '}` }
}

interface SeparatorToken {
  readonly type: string
  readonly offset: number
}

function separators(pair: KeyPair | undefined): readonly SeparatorToken[] {
  return ((pair?.srcToken as { sep?: SeparatorToken[] } | undefined)?.sep ?? []) as readonly SeparatorToken[]
}

function spanOf(pair: KeyPair): [number, number] {
  const start = pair.key.range[0]
  const colon = separators(pair).find((token) => token.type === 'map-value-ind')
  return [start, Math.max(pair.value?.range[1] ?? 0, (colon?.offset ?? start) + 1, pair.key.range[1])]
}

/** A new entry behind a pair, written as that pair is. */
export function afterPair(text: string, map: YAMLMap, pair: KeyPair, entry: Entry): Splice {
  const written = entryText(entry, pair.key, pair.key)
  const [, end] = spanOf(pair)
  return map.flow ? { start: end, end, text: `, ${written}` } : afterBlockPair(text, map, pair, written)
}

/** Another entry in the place of a pair. */
export function overPair(text: string, pair: KeyPair, entry: Entry): Splice {
  const [start, end] = spanOf(pair)
  const written = entryText(entry, pair.key, pair.value)
  return { start, end, text: text.slice(start, end).endsWith('\n') ? written + eolOf(text) : written }
}

/** Nothing in the place of a pair: in block style its line goes, when it has one of its own. */
export function withoutPair(text: string, map: YAMLMap, pair: KeyPair): Splice {
  return map.flow ? overFlowPair(map, pair) : overBlockPair(text, map, pair)
}

function entryText(entry: Entry, keyLike: ParsedNode, valueLike: ParsedNode | null): string {
  return `${scalarText(entry.key, quoted(keyLike))}: ${scalarText(entry.value, quoted(valueLike))}`
}

function afterBlockPair(text: string, map: YAMLMap, pair: KeyPair, added: string): Splice {
  const [, end] = spanOf(pair)
  const at = text[end - 1] === '\n' ? contentEnd(text, end - 1) : contentEnd(text, lineEnd(text, end))
  return { start: at, end: at, text: eolOf(text, at) + ' '.repeat(columnOf(text, map, pair)) + added }
}

function overFlowPair(map: YAMLMap, pair: KeyPair): Splice {
  const pairs = map.items as KeyPair[]
  const at = pairs.indexOf(pair)
  const [start, end] = spanOf(pair)
  const [next, previous] = [pairs[at + 1], pairs[at - 1]]
  if (next) return { start, end: next.key.range[0], text: '' }
  return { start: previous ? spanOf(previous)[1] : start, end, text: '' }
}

function overBlockPair(text: string, map: YAMLMap, pair: KeyPair): Splice {
  const [start, end] = spanOf(pair)
  const last = text[end - 1] === '\n' ? end - 1 : lineEnd(text, end)
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const owns = /^\uFEFF?\s*$/.test(text.slice(lineStart, start))
  if (!owns) return { start, end: Math.min(last + 1 + columnOf(text, map, pair), text.length), text: '' }
  if (last < text.length) return { start: lineStart, end: last + 1, text: '' }
  // The last line of a file without a final line break: that file stays without one.
  return { start: lineStart > 0 ? contentEnd(text, lineStart - 1) : 0, end: text.length, text: '' }
}

function columnOf(text: string, map: YAMLMap, pair: KeyPair): number {
  const columns = [pair, ...(map.items as KeyPair[])].map(({ key }) => {
    const line = text.slice(text.lastIndexOf('\n', key.range[0] - 1) + 1, key.range[0])
    return { own: line.trim() === '', column: line.replace(/^\uFEFF/, '').length }
  })
  return (columns.find(({ own }) => own) ?? columns[0])?.column ?? 0
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at < 0 ? text.length : at
}

function contentEnd(text: string, newline: number): number {
  return text[newline - 1] === '\r' ? newline - 1 : newline
}

function eolOf(text: string, at = 0): string {
  const newline = text.indexOf('\n', at) < 0 ? text.indexOf('\n') : text.indexOf('\n', at)
  return text[newline - 1] === '\r' ? '\r\n' : '\n'
}

function quoted(node: ParsedNode | null | undefined): string | undefined {
  const style = isScalar(node) ? node.type : undefined
  return style === Scalar.QUOTE_DOUBLE || style === Scalar.QUOTE_SINGLE ? style : undefined
}
