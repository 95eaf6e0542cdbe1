import { isObject, limits } from '../../base/index.ts'
import type { Sbom, SbomComponent } from '../sbom.ts'
import { distinct, isFilled, nameAndVersion, objectOf, objectsOf, textOf, wordOf } from './foreign-fields.ts'
import type { JsonObject } from './foreign-fields.ts'
import { imageSubject, loneDigest } from './image-purl.ts'

const VERSIONS = new Set(['1.3', '1.4', '1.5', '1.6', '1.7'])

/** A CycloneDX document (ECMA-424, bom-1.3 to bom-1.7 JSON). Returns the flaw as a sentence part, or the SBOM. */
export function readCycloneDx(document: JsonObject): Sbom | string {
  const { bomFormat, specVersion, metadata } = document
  if (bomFormat !== 'CycloneDX') return 'is not marked as bomFormat "CycloneDX"'
  if (typeof specVersion !== 'string' || !VERSIONS.has(specVersion))
    return `has the specVersion ${JSON.stringify(specVersion)?.slice(0, 40)}, expected 1.3 to 1.7`
  const about = objectOf(metadata)
  const subject = objectOf(about.component)
  const listed = flattened([subject.components, document.components])
  if (typeof listed === 'string') return listed
  const related = relatedRefs(document.dependencies)
  const authors = [...objectsOf(about.authors), objectOf(about.manufacturer), objectOf(about.manufacture)]
  return {
    format: 'cyclonedx',
    specVersion,
    createdOn: textOf(about.timestamp),
    tools: toolsOf(about.tools),
    components: listed.flatMap((component) => (isFile(component) ? [] : [componentOf(component, related)])),
    ...subjectOf(subject),
    authors: distinct([...authors, objectOf(about.supplier)].map(({ name }) => textOf(name))),
  }
}

/** Components with all that are nested in them. Each object once, however the document is tied together. */
function flattened(roots: readonly unknown[]): readonly JsonObject[] | string {
  const seen = new Set<JsonObject>()
  const open = roots.filter((list) => list !== undefined)
  for (const list of open) {
    if (!Array.isArray(list)) return 'has components that are no list'
    for (const component of list as readonly unknown[]) {
      if (!isObject(component) || textOf(component.name) === undefined)
        return `has a component without a name, number ${seen.size + 1}`
      if (seen.has(component)) continue
      seen.add(component)
      if (seen.size > limits.sbomComponents) return `has more than ${limits.sbomComponents} components`
      if (component.components !== undefined) open.push(component.components)
    }
  }
  return [...seen]
}

const isFile = ({ type }: JsonObject) => type === 'file'

function componentOf(given: JsonObject, related: ReadonlySet<string>): SbomComponent {
  const { group, name, version, purl, type, cpe, swid, hashes } = given
  const supplier = supplierOf(given)
  return {
    name: [textOf(group), name].filter(Boolean).join('/'),
    version: textOf(version),
    purl: textOf(purl),
    type: textOf(type),
    licences: licencesOf(given.licenses),
    ...(supplier !== undefined && { supplier }),
    identified: [purl, cpe].some((id) => textOf(id)) || isObject(swid) || isFilled(hashes),
    related: related.has(wordOf(given['bom-ref'])),
  }
}

function supplierOf({ supplier, manufacturer, author, authors, publisher }: JsonObject): string | undefined {
  const named = [supplier, manufacturer, ...objectsOf(authors)].map((who) => textOf(objectOf(who).name))
  return [...named, textOf(author), textOf(publisher)].find((who) => who !== undefined)
}

// What cannot be read stays in the list as something that is no licence, so that it is never taken for agreement.
const UNREADABLE = '(unreadable)'

function licencesOf(given: unknown): readonly string[] {
  if (given === undefined) return []
  if (!Array.isArray(given)) return [UNREADABLE]
  return distinct(
    (given as readonly unknown[]).map((entry) => {
      const { expression, license } = objectOf(entry)
      const { id, name } = objectOf(license)
      return textOf(expression) ?? textOf(id) ?? textOf(name) ?? UNREADABLE
    }),
  ).filter((text) => text !== 'NOASSERTION')
}

/** Whoever stands in the dependency graph, an empty `dependsOn` included: that says "depends on nothing". */
function relatedRefs(dependencies: unknown): ReadonlySet<string> {
  const refs = new Set<string>()
  for (const { ref, dependsOn } of objectsOf(dependencies))
    for (const name of [ref, ...(Array.isArray(dependsOn) ? (dependsOn as unknown[]) : [])])
      if (textOf(name) !== undefined) refs.add(wordOf(name))
  return refs
}

// A list up to 1.4, an object with components and services from 1.5 on, where the list is still allowed.
function toolsOf(given: unknown): readonly string[] {
  const { components, services } = objectOf(given)
  const tools = [...objectsOf(given), ...objectsOf(components), ...objectsOf(services)]
  return distinct(tools.map(nameAndVersion))
}

// Syft puts the digest into the version; Trivy into the purl and into properties.
const DIGEST_PROPERTIES = new Set(['aquasecurity:trivy:RepoDigest', 'aquasecurity:trivy:ImageID'])

function subjectOf({ version, purl, properties }: JsonObject) {
  const told = objectsOf(properties).filter(({ name }) => DIGEST_PROPERTIES.has(wordOf(name)))
  return imageSubject([textOf(purl)], [loneDigest(version), ...told.map(({ value }) => textOf(value))])
}
