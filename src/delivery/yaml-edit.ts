import { isDeepStrictEqual } from 'node:util'
import { isCollection, isMap, isScalar } from 'yaml'
import type { Scalar, YAMLMap } from 'yaml'
import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { dataOf, nodeAt, openYaml, pairAt, refuseShared } from './yaml-document.ts'
import type { YamlSource, YamlSpot } from './yaml-document.ts'
import { afterPair, intoEmpty, overNode, overPair, withoutPair } from './yaml-splice.ts'
import type { KeyPair, Splice } from './yaml-splice.ts'

/**
 * Replaces one scalar by splicing its range; every other character stays.
 * @throws LOCATOR_NOT_FOUND, ALIAS_SHARED, YAML_UNEDITABLE
 */
export function setScalar<S extends YamlSource>(source: S, spot: YamlSpot, value: string): S {
  const { node, pair } = scalarAt(source, spot)
  if (isScalar(node) && node.value === value) return source
  const isWritten = node !== undefined && node.range[1] > node.range[0]
  const splice = isWritten ? overNode(source.text, node, value) : intoEmpty(source.text, pair, value)
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
  const splice = afterPair(source.text, node, pair, added)
  return guarded(source, spot, splice, (data) => assign(data, spot.path, added.value))
}

/** Replaces a whole `key: value` by another, in its place. @throws ALIAS_SHARED, YAML_UNEDITABLE */
export function replaceKey<S extends YamlSource>(source: S, spot: YamlSpot, key: string, value: string): S {
  const { pair } = pairOf(source, spot)
  const splice = overPair(source.text, pair, { key, value })
  return guarded(source, spot, splice, (data) => {
    assign(data, spot.path, undefined)
    return assign(data, [...spot.path.slice(0, -1), key], value)
  })
}

/** Removes `key: value`, with its line when it has one of its own. @throws ALIAS_SHARED, YAML_UNEDITABLE */
export function removeKey<S extends YamlSource>(source: S, spot: YamlSpot): S {
  const { node, pair } = pairOf(source, spot)
  const splice = withoutPair(source.text, node, pair)
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

/** The splice is kept only when the new text means exactly the expected data to YAML 1.2 and 1.1 readers. */
function guarded<S extends YamlSource>(
  source: S,
  spot: YamlSpot,
  splice: Splice,
  change: (data: unknown) => boolean,
): S {
  const text = source.text.slice(0, splice.start) + splice.text + source.text.slice(splice.end)
  const edited = { ...source, text }
  for (const version of ['1.2', '1.1'] as const) {
    const expected = dataOf(source, version)
    if (!expected && version === '1.2') throw uneditable(source, spot, 'the file cannot be read as data')
    if (!expected) continue
    const isReachable = change(expected[spot.document])
    if (!isReachable || !isDeepStrictEqual(dataOf(edited, version), expected))
      throw uneditable(source, spot, 'its form does not allow a single change')
  }
  return edited
}

// False where this version of YAML reads a key on the way as something else: `on:` is `true:` to YAML 1.1.
function assign(data: unknown, path: YamlSpot['path'], value: string | undefined): boolean {
  const step = (at: unknown, key: string | number) => (isHolder(at) ? at[key] : undefined)
  const holder = path.slice(0, -1).reduce<unknown>(step, data)
  if (!isHolder(holder)) return false
  const key = path.at(-1) ?? ''
  if (value === undefined) delete holder[key]
  else holder[key] = value
  return true
}

function isHolder(data: unknown): data is Record<string | number, unknown> {
  return typeof data === 'object' && data !== null
}

function uneditable(source: YamlSource, spot: YamlSpot, why: string) {
  return fail(deliveryErrors.YAML_UNEDITABLE, {
    message: `${source.path}: ${spot.path.join('.')} was left alone: ${why}.`,
    where: source.path,
  })
}
