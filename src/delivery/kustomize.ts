import { fail } from '../base/index.ts'
import { formatRepository, isDigest } from '../oci/index.ts'
import type { Repository } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { namesRepository } from './image-text.ts'
import { entryFor } from './kustomize-images.ts'
import type { ImageEntry } from './kustomize-images.ts'
import type { Image, Place, SourceFile } from './place.ts'
import type { KustomizeTarget } from './schema.ts'
import { addKey, removeKey, replaceKey, setScalar } from './yaml-edit.ts'
import type { YamlSpot } from './yaml-document.ts'

// The names kustomize looks for; more than one of them in a directory is an error there, too.
const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** The `images[].digest` of one entry of a kustomization. */
export function kustomizePlace(
  target: KustomizeTarget,
  subject: { application: string; repository: Repository },
): Place {
  const name = target.image ?? subject.application
  const destination = formatRepository(subject.repository)
  return {
    kind: 'kustomize',
    repository: target.repository,
    branch: target.branch,
    path: target.path,
    choose: (names) => [chooseFile(names, target.path)],
    read: (files) =>
      Array.fromAsync(files, async (file) => digestIn(await entryFor(file, name, destination))),
    write: (files, image) =>
      Array.fromAsync(files, async (file) => pin(file, await entryFor(file, name, destination), image)),
  }
}

function chooseFile(names: readonly string[], path: string): string {
  const [found, second] = FILES.filter((file) => names.includes(file))
  if (!found)
    throw fail(deliveryErrors.LOCATOR_NOT_FOUND, {
      message: `Found no kustomization in ${path}, expected ${FILES[0]}.`,
      where: path,
    })
  if (second)
    throw fail(deliveryErrors.LOCATOR_AMBIGUOUS, {
      message: `Found ${found} and ${second} in ${path}, expected one of them.`,
      where: path,
    })
  return found
}

// `newTag: v2@sha256:…` pins as well.
function digestIn(entry: ImageEntry) {
  const digest = entry.digest ?? entry.newTag?.split('@')[1]
  return isDigest(digest) ? digest : undefined
}

/** Sets digest and newName, and takes a newTag away: next to a digest it would render a tag that is no longer true. */
function pin(file: SourceFile, entry: ImageEntry, image: Image): SourceFile {
  return withName(withDigest(file, entry, image.digest), entry, image.repository)
}

function withDigest(file: SourceFile, entry: ImageEntry, digest: string): SourceFile {
  const map: YamlSpot = { document: 0, path: ['images', entry.index] }
  const at = (key: string) => ({ ...map, path: [...map.path, key] })
  const hasDigest = entry.keys.includes('digest')
  const hasTag = entry.keys.includes('newTag')
  if (hasDigest) return setScalar(hasTag ? removeKey(file, at('newTag')) : file, at('digest'), digest)
  if (hasTag) return replaceKey(file, at('newTag'), 'digest', digest)
  const after = entry.keys.includes('newName') ? 'newName' : 'name'
  return addKey(file, map, { key: 'digest', value: digest, after })
}

function withName(file: SourceFile, entry: ImageEntry, repository: Repository): SourceFile {
  const map: YamlSpot = { document: 0, path: ['images', entry.index] }
  if (namesRepository(entry.newName ?? entry.name, repository)) return file
  const value = formatRepository(repository)
  if (entry.keys.includes('newName'))
    return setScalar(file, { ...map, path: [...map.path, 'newName'] }, value)
  return addKey(file, map, { key: 'newName', value, after: 'name' })
}
