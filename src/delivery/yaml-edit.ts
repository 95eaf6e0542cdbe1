import { isDeepStrictEqual } from 'node:util'
import { isCollection, isMap, isScalar, Scalar } from 'yaml'
import type { Pair, ParsedNode, YAMLMap } from 'yaml'
import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { dataOf, nodeAt, openYaml, pairAt, refuseShared } from './yaml-document.ts'
import type { YamlSource, YamlSpot } from './yaml-document.ts'
import { scalarText } from './yaml-scalar.ts'

type KeyPair = Pair<ParsedNode, ParsedNode | null>
interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * Replaces one scalar by splicing its range; every other character stays.
 * @throws LOCATOR_NOT_FOUND, ALIAS_SHARED, YAML_UNEDITABLE
 */
export function setScalar<S extends YamlSource>(source: S, spot: YamlSpot, value: string): S {
  const { node, pair } = scalarAt(source, spot)
  if (isScalar(node) && node.value === value) return source
  const splice =
    node && node.range[1] > node.range[0]
      ? overNode(source.text, node, value)
      : intoEmpty(source, pair, value)
  return guarded(source, spot, splice, (data) => assign(data, spot.path, value))
}

/**
 * Adds `key: value` to a map, right after the pair `after`, as that pair is written.
 * @throws ALIAS_SHARED, YAML_UNEDITABLE
 */
export function addKey<S extends YamlSource>(
  source: S,
  map: YamlSpot,
  added: { key: string; value: string; after: string },
): S {
  const spot = { document: map.document, path: [...map.path, added.key] }
  const { node, pair } = pairOf(source, spot, added.after)
  const text = `${scalarText(added.key, quoted(pair.key))}: ${scalarText(added.value, quoted(pair.key))}`
  const splice = node.flow ? afterFlowPair(pair, text) : afterBlockPair(source.text, node, pair, text)
  return guarded(source, spot, splice, (data) => assign(data, spot.path, added.value))
}

/** Replaces a whole `key: value` by another, in its place. @throws ALIAS_SHARED, YAML_UNEDITABLE */
export function replaceKey<S extends YamlSource>(source: S, spot: YamlSpot, key: string, value: string): S {
  const { pair } = pairOf(source, spot)
  const text = `${scalarText(key, quoted(pair.key))}: ${scalarText(value, quoted(pair.value))}`
  const [start, end] = spanOf(pair)
  const splice = {
    start,
    end,
    text: source.text.slice(start, end).endsWith('\n') ? text + eolOf(source.text) : text,
  }
  return guarded(source, spot, splice, (data) => {
    assign(data, spot.path, undefined)
    assign(data, [...spot.path.slice(0, -1), key], value)
  })
}

/** Removes `key: value`, with its line when it has one of its own. @throws ALIAS_SHARED, YAML_UNEDITABLE */
export function removeKey<S extends YamlSource>(source: S, spot: YamlSpot): S {
  const { node, pair } = pairOf(source, spot)
  const splice = node.flow ? overFlowPair(node, pair) : overBlockPair(source.text, node, pair)
  return guarded(source, spot, splice, (data) => assign(data, spot.path, undefined))
}

function scalarAt(source: YamlSource, spot: YamlSpot) {
  const document = openYaml(source)[spot.document]
  if (!document) throw uneditable(source, spot, 'there is no such document')
  refuseShared(document, spot, source.path)
  const node = nodeAt(document, spot.path)
  const parent = nodeAt(document, spot.path.slice(0, -1))
  const pair = isMap(parent) ? pairAt(parent, String(spot.path.at(-1))) : undefined
  if (node === undefined || isCollection(node))
    throw fail(deliveryErrors.LOCATOR_NOT_FOUND, {
      message: `Found ${isCollection(node) ? 'a map or list' : 'nothing'} at ${spot.path.join('.')}, expected a single value.`,
      where: source.path,
    })
  return { node: isScalar(node) && node.range ? (node as Scalar.Parsed) : undefined, pair }
}

function pairOf(
  source: YamlSource,
  spot: YamlSpot,
  key = String(spot.path.at(-1)),
): { node: YAMLMap; pair: KeyPair } {
  const document = openYaml(source)[spot.document]
  if (!document) throw uneditable(source, spot, 'there is no such document')
  refuseShared(document, spot, source.path)
  const node = nodeAt(document, spot.path.slice(0, -1))
  const pair = isMap(node) ? pairAt(node, key) : undefined
  if (!isMap(node) || !pair) throw uneditable(source, spot, 'the key is not there')
  return { node, pair }
}

function overNode(text: string, node: Scalar.Parsed, value: string): Splice {
  const [start, end] = node.range
  const written = scalarText(value, node.type)
  // A block scalar's range takes its last line break along.
  return { start, end, text: text.slice(start, end).endsWith('\n') ? written + eolOf(text) : written }
}

// `digest:` with nothing after it: the value goes behind the colon, never glued to a comment.
function intoEmpty(source: YamlSource, pair: KeyPair | undefined, value: string): Splice {
  const colon = separators(pair).find((token) => token.type === 'map-value-ind')?.offset
  if (colon === undefined) return { start: 0, end: 0, text: scalarText(value) }
  const next = source.text[colon + 1] ?? '\n'
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

function afterFlowPair(pair: KeyPair, text: string): Splice {
  const [, end] = spanOf(pair)
  return { start: end, end, text: `, ${text}` }
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
  const owns =
    text
      .slice(lineStart, start)
      .replace(/^\uFEFF/, '')
      .trim() === ''
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

/** The splice is kept only when the new text means exactly the expected data to YAML 1.2 and 1.1 readers. */
function guarded<S extends YamlSource>(
  source: S,
  spot: YamlSpot,
  splice: Splice,
  change: (data: unknown) => void,
): S {
  const text = source.text.slice(0, splice.start) + splice.text + source.text.slice(splice.end)
  const edited = { ...source, text }
  for (const version of ['1.2', '1.1'] as const) {
    const expected = dataOf(source, version)
    if (!expected && version === '1.2') throw uneditable(source, spot, 'the file cannot be read as data')
    if (!expected) continue
    change(expected[spot.document])
    if (!isDeepStrictEqual(dataOf(edited, version), expected))
      throw uneditable(source, spot, 'its form does not allow a single change')
  }
  return edited
}

function assign(data: unknown, path: YamlSpot['path'], value: string | undefined): void {
  const holder = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], data)
  const key = path.at(-1) ?? ''
  if (value === undefined) delete (holder as Record<string, unknown>)[key]
  else (holder as Record<string, unknown>)[key] = value
}

function uneditable(source: YamlSource, spot: YamlSpot, why: string) {
  return fail(deliveryErrors.YAML_UNEDITABLE, {
    message: `${source.path}: ${spot.path.join('.')} was left alone: ${why}.`,
    where: source.path,
  })
}
