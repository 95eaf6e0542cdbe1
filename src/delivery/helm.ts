import { isCollection, isMap, isScalar } from 'yaml'
import { fail } from '../base/index.ts'
import { formatRepository, isDigest, shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { isTemplated, namesRepository, withImage } from './image-text.ts'
import type { Image, Place, SourceFile } from './place.ts'
import type { HelmTarget } from './schema.ts'
import { nodeAt, openYaml, refuseShared, template } from './yaml-document.ts'
import { addKey, setScalar } from './yaml-edit.ts'
import type { YamlSpot } from './yaml-document.ts'

type Keys = readonly (string | number)[]

/** The image keys of a Helm values file. The key's own name says the dialect: `digest`, `tag` or a whole `image`. */
export function helmPlace(target: HelmTarget): Place {
  const digestKeys = keysOf(target.digest)
  return {
    kind: 'helm',
    repository: target.repository,
    branch: target.branch,
    path: target.file,
    choose: () => {
      throw fail(deliveryErrors.LOCATOR_NOT_FOUND, {
        message: `Found a directory at ${target.file}, expected a values file.`,
        where: target.file,
      })
    },
    read: async (files) => files.map((file) => digestOf(textAt(file, spotOf(file, digestKeys)))),
    write: async (files, image) => files.map((file) => pin(file, target, digestKeys, image)),
  }
}

/** `a.b\.c.0` → keys. */
function keysOf(dotted: string): Keys {
  return dotted.split(/(?<!\\)\./).map((key) => key.replaceAll('\\.', '.'))
}

function pin(file: SourceFile, target: HelmTarget, digestKeys: Keys, image: Image): SourceFile {
  const spot = spotOf(file, digestKeys)
  const current = textAt(file, spot)
  if (isWholeReference(digestKeys, current)) return put(file, spot, withImage(current ?? '', image))
  const named = withRepository(file, target, spot, image)
  if (digestOf(current) === image.digest) return named
  const pinned = put(named, spot, value(digestKeys, current, image))
  return target.tagKey ? put(pinned, at(spot, keysOf(target.tagKey)), image.tag ?? '') : pinned
}

// Charts without a digest key take `tag: 1.4.0@sha256:…`; a stale tag would lie, so without a tag the digest names itself.
function value(keys: Keys, current: string | undefined, image: Image): string {
  if (keys.at(-1) !== 'tag' && !current?.includes('@')) return image.digest
  return `${image.tag ?? `sha256-${shortDigest(image.digest)}`}@${image.digest}`
}

function isWholeReference(keys: Keys, current: string | undefined): boolean {
  return keys.at(-1) === 'image' || (current ?? '').split('@')[0]?.includes('/') === true
}

function digestOf(current: string | undefined): Digest | undefined {
  const digest = current?.slice(current.indexOf('@') + 1)
  return isDigest(digest) ? digest : undefined
}

function withRepository(file: SourceFile, target: HelmTarget, digest: YamlSpot, image: Image): SourceFile {
  const spot = target.repositoryKey
    ? at(digest, keysOf(target.repositoryKey))
    : { ...digest, path: [...digest.path.slice(0, -1), 'repository'] }
  const registry = { ...spot, path: [...spot.path.slice(0, -1), 'registry'] }
  const [host, name] = [textAt(file, registry), textAt(file, spot)]
  if (namesRepository(host ? `${host}/${name ?? ''}` : (name ?? ''), image.repository)) return file
  if (!host) return put(file, spot, formatRepository(image.repository))
  return put(put(file, registry, image.repository.registry), spot, image.repository.name)
}

function put(file: SourceFile, spot: YamlSpot, text: string): SourceFile {
  const document = openYaml(file)[spot.document]
  if (document && nodeAt(document, spot.path) !== undefined) return setScalar(file, spot, text)
  const map = { document: spot.document, path: spot.path.slice(0, -1) }
  const after = lastKey(file, map)
  return addKey(file, map, { key: String(spot.path.at(-1)), value: text, after })
}

// A new key goes behind the last sibling that is a single value, so that it cannot land inside a nested map.
function lastKey(file: SourceFile, map: YamlSpot): string {
  const document = openYaml(file)[map.document]
  const node = document && nodeAt(document, map.path)
  const keys = isMap(node)
    ? node.items
        .filter((pair) => isScalar(pair.key) && !isCollection(pair.value))
        .map((pair) => String(pair.key))
    : []
  const key = keys.findLast((name) => ['repository', 'tag', 'digest'].includes(name)) ?? keys.at(-1)
  if (key === undefined) throw missing(file, map.path)
  return key
}

function at(near: YamlSpot, path: Keys): YamlSpot {
  return { document: near.document, path }
}

/** The place of the key in the one document that has it, or at least the map it belongs in. */
function spotOf(file: SourceFile, path: Keys): YamlSpot {
  const documents = openYaml(file)
  const having = (keys: Keys) =>
    documents.flatMap((document, index) => (nodeAt(document, keys) === undefined ? [] : [index]))
  const exact = having(path)
  const candidates = exact.length > 0 ? exact : having(path.slice(0, -1))
  const [document] = candidates
  for (const one of documents) refuseShared(one, { document: 0, path }, file.path)
  if (document === undefined) throw missing(file, path)
  if (candidates.length > 1)
    throw fail(deliveryErrors.LOCATOR_AMBIGUOUS, {
      message: `Found ${path.join('.')} in ${candidates.length} documents of ${file.path}, expected one.`,
      where: file.path,
    })
  return { document, path }
}

function textAt(file: SourceFile, spot: YamlSpot): string | undefined {
  const document = openYaml(file)[spot.document]
  const node = document && nodeAt(document, spot.path)
  if (!isScalar(node)) return undefined
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
  if (isTemplated(text)) throw template(file.path, `has the template ${text} at ${spot.path.join('.')}`)
  return text
}

function missing(file: SourceFile, path: Keys) {
  return fail(deliveryErrors.LOCATOR_NOT_FOUND, {
    message: `Found no ${path.join('.')} in ${file.path}, expected the keys of an image.`,
    where: file.path,
  })
}
