import { isAlias, isMap, isScalar, isSeq } from 'yaml'
import type { Node } from 'yaml'
import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { splitImage } from './image-text.ts'
import { invalid, nodeAt, openYaml, pairAt, refuseShared } from './yaml-document.ts'
import type { YamlDocument, YamlSource } from './yaml-document.ts'

/** One entry of `images:` as written. */
export interface ImageEntry {
  readonly index: number
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
  readonly keys: readonly string[]
}

/**
 * The one entry that applies to the image `name`, and surely no other.
 * kustomize runs entries in order, chains them through newName, and takes `name` for an unescaped regular expression.
 * @throws LOCATOR_NOT_FOUND, DUPLICATE_IMAGE_ENTRY, REGEX_IMAGE_NAME, YAML_INVALID
 */
export async function entryFor(source: YamlSource, name: string, destination: string): Promise<ImageEntry> {
  const entries = entriesOf(source)
  const mine = entries.filter((entry) => entry.name === name)
  const [entry] = mine
  if (!entry) throw missing(source, name, entries)
  if (mine.length > 1) throw duplicate(source, `${mine.length} entries named ${name}`)
  if (isPattern(name)) throw regex(source, name, name)
  const subjects = [name, entry.newName ?? name, destination]
  for (const other of entries) if (other !== entry) await refuseOverlap(source, other, entry, subjects)
  return entry
}

async function refuseOverlap(
  source: YamlSource,
  other: ImageEntry,
  entry: ImageEntry,
  subjects: readonly string[],
): Promise<void> {
  if (other.newName === entry.name)
    throw duplicate(source, `the entry ${other.name} renames its image to ${entry.name}`)
  const bare = splitImage(other.name).repository
  if (subjects.includes(bare)) throw duplicate(source, `the entry ${other.name} applies to ${bare} as well`)
  const matches = isPattern(other.name) ? await expression(other.name) : dotted(other.name)
  const subject = subjects.find(matches)
  if (subject !== undefined) throw regex(source, other.name, subject)
}

type Matches = (text: string) => boolean

/** Anything of a regular expression but dots, which names of hosts have too. */
function isPattern(name: string): boolean {
  return /[\\^$*+?()[\]{}|]/.test(name)
}

// Dots alone have nothing to go back over, so any engine will do.
function dotted(name: string): Matches {
  const expression = new RegExp(`^${name}$`, 'u')
  return (text) => expression.test(text)
}

// The engine is large, and next to nobody writes expressions here.
async function expression(pattern: string): Promise<Matches> {
  const { RE2JS } = await import('re2js')
  try {
    const compiled = RE2JS.compile(pattern)
    return (text) => compiled.matches(text)
  } catch {
    return () => true // kustomize panics on it
  }
}

function entriesOf(source: YamlSource): readonly ImageEntry[] {
  const documents = openYaml(source)
  const [document] = documents
  if (documents.length > 1)
    throw invalid(source, `found ${documents.length} documents; kustomize reads only the first`)
  const images = document && nodeAt(document, ['images'])
  if (images === undefined || images === null || !document) return []
  refuseShared(document, { document: 0, path: ['images'] }, source.path)
  if (isScalar(images) && images.value === null) return []
  if (!isSeq(images)) throw invalid(source, '`images` is not a list')
  return images.items.map((item, index) => entryOf(source, document, item as Node, index))
}

function entryOf(source: YamlSource, document: YamlDocument, item: Node, index: number): ImageEntry {
  refuseShared(document, { document: 0, path: ['images', index, 'name'] }, source.path)
  if (!isMap(item)) throw invalid(source, `images[${index}] is not a map with a name`)
  const text = (key: string) => {
    const value = pairAt(item, key)?.value
    if (value === undefined || value === null || (isScalar(value) && value.value === null)) return undefined
    if (isAlias(value)) refuseShared(document, { document: 0, path: ['images', index, key] }, source.path)
    if (!isScalar(value)) throw invalid(source, `images[${index}].${key} is not a single value`)
    return typeof value.value === 'string' ? value.value : (value.source ?? '')
  }
  const [name, newName, newTag, digest] = [text('name'), text('newName'), text('newTag'), text('digest')]
  if (!name) throw invalid(source, `images[${index}] has no name`)
  const keys = item.items.map((pair) => (isScalar(pair.key) ? String(pair.key.value) : ''))
  return {
    index,
    name,
    keys,
    ...(newName && { newName }),
    ...(newTag && { newTag }),
    ...(digest && { digest }),
  }
}

function missing(source: YamlSource, name: string, entries: readonly ImageEntry[]) {
  const there = entries.map((entry) => entry.name).join(', ')
  return fail(deliveryErrors.LOCATOR_NOT_FOUND, {
    message: `Found ${there ? `only the images ${there}` : 'no images'} in ${source.path}, expected an entry with name: ${name}.`,
    where: source.path,
    next: `Add to ${source.path}:  images: [{ name: ${name} }]  or set \`image\` in the deliver block to a name that is there.`,
  })
}

function duplicate(source: YamlSource, what: string) {
  return fail(deliveryErrors.DUPLICATE_IMAGE_ENTRY, {
    message: `Found in ${source.path}: ${what}, expected one entry for the image.`,
    where: source.path,
  })
}

function regex(source: YamlSource, pattern: string, subject: string) {
  return fail(deliveryErrors.REGEX_IMAGE_NAME, {
    message: `Found in ${source.path} the image name ${pattern}, which kustomize reads as a regular expression that applies to ${subject}.`,
    where: source.path,
  })
}
