import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit } from 'yaml'
import type { Document, Node, Pair, ParsedNode, YAMLMap } from 'yaml'
import { fail, limits, printableLine } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'

/** Text of one file of the repository. `path` is for messages. */
export interface YamlSource {
  readonly path: string
  readonly text: string
}

/** A place in a file: which document, then keys and indexes from its top. */
export interface YamlSpot {
  readonly document: number
  readonly path: readonly (string | number)[]
}

export type YamlDocument = Document.Parsed

/**
 * Parses every document of a file strictly, with source ranges.
 * @throws YAML_INVALID, DUPLICATE_KEY, TEMPLATE_FILE, FILE_ENCRYPTED
 */
export function openYaml(source: YamlSource): readonly YamlDocument[] {
  if (Buffer.byteLength(source.text) > limits.manifestBytes) throw invalid(source, 'it is over 4 MiB')
  const documents = parse(source)
  const error = documents.flatMap((document) => document.errors)[0]
  if (error && /\{\{|<%/.test(source.text)) throw template(source.path, 'is a template and not YAML')
  if (error) throw invalid(source, printableLine(error.message), error.code === 'DUPLICATE_KEY')
  if (documents.some(isEncrypted))
    throw fail(deliveryErrors.FILE_ENCRYPTED, {
      message: 'Found a `sops` block with a checksum, expected a plain file.',
      where: source.path,
    })
  return documents
}

function parse(source: YamlSource): readonly YamlDocument[] {
  try {
    const documents = parseAllDocuments(source.text, { keepSourceTokens: true, logLevel: 'silent' })
    return Array.isArray(documents) ? documents : []
  } catch (cause) {
    throw invalid(source, `it cannot be parsed: ${(cause as Error).message}`)
  }
}

/** The data of a file as YAML 1.2 or, as most Kubernetes tools read it, YAML 1.1; undefined where it is not valid. */
export function dataOf(source: YamlSource, version: '1.1' | '1.2'): unknown[] | undefined {
  const documents = parseAllDocuments(source.text, { version, logLevel: 'silent' })
  if (!Array.isArray(documents)) return []
  if (documents.some((document) => document.errors.length > 0)) return undefined
  try {
    return (documents as YamlDocument[]).map((document) => document.toJS() as unknown)
  } catch {
    return undefined // more aliases than anyone writes by hand
  }
}

/** The pair under `key` of a map; undefined when absent. */
export function pairAt(map: YAMLMap, key: string): Pair<ParsedNode, ParsedNode | null> | undefined {
  const pairs = map.items as Pair<ParsedNode, ParsedNode | null>[]
  return pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === key)
}

/** The node at a path; undefined when there is none. Does not look through aliases. */
export function nodeAt(document: YamlDocument, path: YamlSpot['path']): Node | null | undefined {
  let node: Node | null | undefined = document.contents
  for (const step of path) {
    if (isMap(node)) node = pairAt(node, String(step))?.value
    else if (isSeq(node)) node = node.items[Number(step)] as Node | undefined
    else return undefined
  }
  return node
}

/**
 * Refuses a place whose value is also used elsewhere: an alias on the way, an anchor that has aliases, a merge key.
 * @throws ALIAS_SHARED
 */
export function refuseShared(document: YamlDocument, spot: YamlSpot, where: string): void {
  const used = new Set<string>()
  visit(document, { Alias: (_, alias) => void used.add(alias.source) })
  for (let depth = 0; depth <= spot.path.length; depth++) {
    const node = nodeAt(document, spot.path.slice(0, depth))
    const what = spot.path.slice(0, depth).join('.') || 'the document'
    if (isAlias(node)) throw shared(where, `${what} is the alias *${node.source}`)
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor && used.has(node.anchor))
        throw shared(where, `${what} has the anchor &${node.anchor}, used elsewhere`)
    }
    const last = depth >= spot.path.length - 1
    if (last && isMap(node) && pairAt(node, '<<')) throw shared(where, `${what} has the merge key <<`)
  }
}

/** @returns the error for a file or value that is a template */
export function template(where: string, what: string) {
  return fail(deliveryErrors.TEMPLATE_FILE, { message: `${where} ${what}, expected plain YAML.`, where })
}

export function invalid(source: YamlSource, why: string, duplicate = false) {
  const code = duplicate ? deliveryErrors.DUPLICATE_KEY : deliveryErrors.YAML_INVALID
  return fail(code, { message: `${source.path}: ${why}`, where: source.path })
}

function shared(where: string, why: string) {
  return fail(deliveryErrors.ALIAS_SHARED, {
    message: `Found that ${why}; expected a value of its own.`,
    where,
  })
}

function isEncrypted(document: YamlDocument): boolean {
  return isScalar(nodeAt(document, ['sops', 'mac']))
}
