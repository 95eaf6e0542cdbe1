import { isMap, isScalar, isSeq } from 'yaml'
import type { YAMLMap } from 'yaml'
import { fail } from '../base/index.ts'
import { formatRepository } from '../oci/index.ts'
import type { Repository } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { isTemplated, lastPart, namesRepository, sameName, splitImage, withImage } from './image-text.ts'
import type { Image, Place, SourceFile } from './place.ts'
import type { ManifestsTarget } from './schema.ts'
import { openYaml, pairAt, template } from './yaml-document.ts'
import { setScalar } from './yaml-edit.ts'
import type { YamlSpot } from './yaml-document.ts'

interface Subject {
  readonly application: string
  readonly repository: Repository
}

interface ImageSpot extends YamlSpot {
  readonly text: string
  readonly container?: string
}

/** Every `image:` of plain manifests that names the image. */
export function manifestsPlace(target: ManifestsTarget, subject: Subject): Place {
  return {
    kind: 'manifests',
    repository: target.repository,
    branch: target.branch,
    path: target.path,
    choose: (names) => names.filter((name) => /\.ya?ml$/.test(name)),
    read: async (files) => spotsIn(files, target, subject).map(({ spot }) => splitImage(spot.text).digest),
    write: async (files, image) => {
      const spots = spotsIn(files, target, subject)
      return files.map((file) =>
        spots.filter((one) => one.file === file).reduce((edited, { spot }) => pin(edited, spot, image), file),
      )
    },
  }
}

function pin(file: SourceFile, spot: ImageSpot, image: Image): SourceFile {
  return setScalar(file, spot, withImage(spot.text, image))
}

function spotsIn(files: readonly SourceFile[], target: ManifestsTarget, subject: Subject) {
  const hint = lastPart(target.image ?? subject.application)
  const hints = [hint, lastPart(subject.repository.name)]
  // A file that nowhere has the name cannot hold the image, and may be anything else.
  const read = files.filter((file) => hints.some((text) => file.text.includes(text)))
  const all = read.flatMap((file) => imagesOf(file).map((spot) => ({ file, spot })))
  const found = all.filter(({ file, spot }) => isWanted(file, spot, target, subject))
  if (found.length === 0)
    throw missing(
      target,
      subject,
      all.map(({ spot }) => spot.text),
    )
  return found
}

function isWanted(file: SourceFile, spot: ImageSpot, target: ManifestsTarget, subject: Subject): boolean {
  if (target.container !== undefined && spot.container !== target.container) return false
  const { repository } = splitImage(spot.text)
  if (isTemplated(spot.text)) {
    if (lastPart(repository) === lastPart(target.image ?? subject.application))
      throw template(file.path, `has the template ${spot.text} at ${spot.path.join('.')}`)
    return false
  }
  if (target.image !== undefined) return sameName(repository, target.image)
  return namesRepository(repository, subject.repository) || lastPart(repository) === subject.application
}

function imagesOf(file: SourceFile): readonly ImageSpot[] {
  return openYaml(file).flatMap((document, index) =>
    walk(file, document.contents, { document: index, path: [] }),
  )
}

// Every `image:` at any depth: pods, CRDs, lists. Aliases are not followed; their anchor is met where it stands.
function walk(file: SourceFile, node: unknown, spot: YamlSpot): readonly ImageSpot[] {
  const inside = (child: unknown, key: string | number) =>
    walk(file, child, { ...spot, path: [...spot.path, key] })
  if (isSeq(node)) return node.items.flatMap((child, index) => inside(child, index))
  if (!isMap(node)) return []
  return node.items.flatMap(({ key, value }) => {
    if (!isScalar(key)) return []
    const name = String(key.value)
    return name === 'image'
      ? imageAt(file, node, value, { ...spot, path: [...spot.path, name] })
      : inside(value, name)
  })
}

function imageAt(file: SourceFile, holder: YAMLMap, value: unknown, spot: YamlSpot): readonly ImageSpot[] {
  // `image: {{ … }}` without quotes parses as a map in a map.
  if (isMap(value) && file.text.startsWith('{{', value.range?.[0]))
    throw template(file.path, 'has a template as image')
  if (!isScalar(value)) return walk(file, value, spot)
  const container = pairAt(holder, 'name')?.value
  const name = isScalar(container) ? String(container.value) : undefined
  if (typeof value.value !== 'string') return []
  return [{ ...spot, text: value.value, ...(name !== undefined && { container: name }) }]
}

function missing(target: ManifestsTarget, subject: Subject, there: readonly string[]) {
  const wanted = target.image ?? `${formatRepository(subject.repository)} or …/${subject.application}`
  const inContainer = target.container === undefined ? '' : ` in a container named ${target.container}`
  const found = there.length > 0 ? `only ${[...new Set(there)].slice(0, 10).join(', ')}` : 'no such image'
  return fail(deliveryErrors.LOCATOR_NOT_FOUND, {
    message: `Found ${found} in ${target.path}, expected an image of ${wanted}${inContainer}.`,
    where: target.path,
  })
}
