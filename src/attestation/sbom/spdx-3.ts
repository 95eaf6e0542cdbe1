import { limits } from '../../base/index.ts'
import type { Sbom, SbomComponent } from '../sbom.ts'
import { isFilled, objectsOf, textOf, textsOf, wordOf } from './foreign-fields.ts'
import type { JsonObject } from './foreign-fields.ts'
import { imagePurl, imageSubject, loneDigest } from './image-purl.ts'
import { Spdx3Graph } from './spdx-3-graph.ts'
import { licencesBySubject } from './spdx-3-licences.ts'

const PACKAGES = new Set(['software_Package', 'ai_AIPackage', 'dataset_DatasetPackage'])

/** An SPDX 3.0 JSON-LD document (spdx-spec v3.0.1). Returns the flaw as a sentence part, or the SBOM. */
export function readSpdx3(document: JsonObject): Sbom | string {
  const graph = new Spdx3Graph(document['@graph'])
  const [root, ...others] = graph.ofType('SpdxDocument')
  if (!root || others.length > 0)
    return `has ${others.length + (root ? 1 : 0)} SpdxDocument elements, expected 1`
  const creation = graph.at(root.creationInfo)
  const specVersion = textOf(creation.specVersion)
  if (!specVersion || !/^3\.0(?:\.\d{1,3})?$/.test(specVersion))
    return `has the specVersion ${JSON.stringify(creation.specVersion)?.slice(0, 40)}, expected 3.0`
  const packages = graph.elements.filter(({ type }) => PACKAGES.has(wordOf(type)))
  if (packages.length > limits.sbomComponents) return `has more than ${limits.sbomComponents} components`
  if (packages.some(({ name }) => textOf(name) === undefined)) return 'has a package without a name'
  const subject = subjectOf(root, graph)
  const components = packages.filter((entry) => entry !== subject && entry.software_primaryPurpose !== 'file')
  const licences = licencesBySubject(graph)
  const related = relatedIds(graph)
  return {
    format: 'spdx',
    specVersion,
    createdOn: textOf(creation.created),
    tools: graph.names(creation.createdUsing),
    authors: graph.names(creation.createdBy),
    components: components.map((entry) => componentOf(entry, graph, licences, related)),
    ...imageOf(subject, root),
  }
}

function componentOf(
  given: JsonObject,
  graph: Spdx3Graph,
  licences: ReadonlyMap<string, readonly string[]>,
  related: ReadonlySet<string>,
): SbomComponent {
  const id = wordOf(given.spdxId)
  const [supplier] = [...graph.names(given.suppliedBy), ...graph.names(given.originatedBy)]
  return {
    name: wordOf(given.name),
    version: textOf(given.software_packageVersion),
    purl: purlOf(given),
    type: typeOf(given),
    licences: licences.get(id) ?? [],
    ...(supplier !== undefined && { supplier }),
    identified:
      purlOf(given) !== undefined || isFilled(given.externalIdentifier) || isFilled(given.verifiedUsing),
    related: related.has(id),
  }
}

/** `operatingSystem` → `operating-system`. */
function typeOf({ software_primaryPurpose }: JsonObject): string | undefined {
  return textOf(software_primaryPurpose)?.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function purlOf({ software_packageUrl, externalIdentifier }: JsonObject): string | undefined {
  const found = objectsOf(externalIdentifier).find(
    ({ externalIdentifierType }) => externalIdentifierType === 'packageUrl',
  )
  return textOf(software_packageUrl) ?? textOf(found?.identifier)
}

const LICENSING = new Set(['hasDeclaredLicense', 'hasConcludedLicense', 'describes'])

function relatedIds(graph: Spdx3Graph): ReadonlySet<string> {
  const stated = graph.relationships.filter(({ kind }) => !LICENSING.has(kind))
  return new Set(stated.flatMap(({ from, to }) => [from, ...to]))
}

/** The one package at the root, directly or by way of the software_Sbom there. */
function subjectOf({ rootElement }: JsonObject, graph: Spdx3Graph): JsonObject | undefined {
  const roots = textsOf(rootElement).map((id) => graph.at(id))
  const meant = roots.flatMap((root) =>
    root.type === 'software_Sbom' ? textsOf(root.rootElement).map((id) => graph.at(id)) : [root],
  )
  return meant.length === 1 && PACKAGES.has(wordOf(meant[0]?.type)) ? meant[0] : undefined
}

function imageOf(subject: JsonObject | undefined, root: JsonObject) {
  const address = textOf(root.spdxId)
  if (!subject) return imageSubject([], [address])
  const purl = purlOf(subject)
  const isImage = subject.software_primaryPurpose === 'container' || imagePurl(purl) !== undefined
  const hashes = objectsOf(isImage ? subject.verifiedUsing : undefined).map(
    ({ algorithm, hashValue }) => `${wordOf(algorithm)}:${wordOf(hashValue)}`,
  )
  const own = [loneDigest(subject.name), loneDigest(subject.software_packageVersion)]
  return imageSubject([purl], [...own, ...hashes, address])
}
