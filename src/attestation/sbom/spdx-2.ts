import { limits } from '../../base/index.ts'
import type { Sbom, SbomComponent } from '../sbom.ts'
import { distinct, isFilled, objectOf, objectsOf, textOf, textsOf, wordOf } from './foreign-fields.ts'
import type { JsonObject } from './foreign-fields.ts'
import { imagePurl, imageSubject, loneDigest } from './image-purl.ts'

const VERSIONS = new Set(['SPDX-2.2', 'SPDX-2.3'])
const DOCUMENT = 'SPDXRef-DOCUMENT'

/** An SPDX 2.2 or 2.3 JSON document (spdx-spec v2.3). Returns the flaw as a sentence part, or the SBOM. */
export function readSpdx2(document: JsonObject): Sbom | string {
  const { spdxVersion, creationInfo, packages = [] } = document
  if (typeof spdxVersion !== 'string' || !VERSIONS.has(spdxVersion))
    return `has the spdxVersion ${JSON.stringify(spdxVersion)?.slice(0, 40)}, expected SPDX-2.2, SPDX-2.3 or a 3.0 document`
  if (!Array.isArray(packages)) return 'has packages that are no list'
  if (packages.length > limits.sbomComponents) return `has more than ${limits.sbomComponents} components`
  const nameless = packages.findIndex((entry) => textOf(objectOf(entry).name) === undefined)
  if (nameless >= 0) return `has a package without a name, number ${nameless + 1}`
  const { subjects, related } = relationsOf(document)
  const all = packages as readonly JsonObject[]
  const described = all.filter(({ SPDXID }) => subjects.has(wordOf(SPDXID)))
  // A document that describes many things is about none of them in particular: all are components.
  const subject = described.length === 1 ? described[0] : undefined
  const { created, creators } = objectOf(creationInfo)
  return {
    format: 'spdx',
    specVersion: spdxVersion.slice('SPDX-'.length),
    createdOn: textOf(created),
    ...creatorsOf(textsOf(creators)),
    components: all.flatMap((entry) =>
      entry === subject || entry.primaryPackagePurpose === 'FILE' ? [] : [componentOf(entry, related)],
    ),
    ...subjectOf(subject, document),
  }
}

interface Relations {
  readonly subjects: ReadonlySet<string>
  readonly related: ReadonlySet<string>
}

function relationsOf({ relationships, documentDescribes }: JsonObject): Relations {
  const subjects = new Set(textsOf(documentDescribes))
  const related = new Set<string>()
  for (const { spdxElementId, relatedSpdxElement, relationshipType } of objectsOf(relationships)) {
    const ends = [wordOf(spdxElementId), wordOf(relatedSpdxElement)] as const
    if (relationshipType === 'DESCRIBES' && ends[0] === DOCUMENT) subjects.add(ends[1])
    else if (relationshipType === 'DESCRIBED_BY' && ends[1] === DOCUMENT) subjects.add(ends[0])
    else for (const end of ends) related.add(end)
  }
  return { subjects, related }
}

function componentOf(given: JsonObject, related: ReadonlySet<string>): SbomComponent {
  const { name, versionInfo, primaryPackagePurpose, externalRefs, checksums, SPDXID } = given
  const supplier = [given.supplier, given.originator].map(agentOf).find(Boolean)
  return {
    name: wordOf(name),
    version: stated(versionInfo),
    purl: purlOf(given),
    type: textOf(primaryPackagePurpose)?.toLowerCase(),
    licences: distinct([stated(given.licenseConcluded), stated(given.licenseDeclared)]),
    ...(supplier !== undefined && { supplier }),
    identified: objectsOf(externalRefs).some(isIdentifier) || isFilled(checksums),
    related: related.has(wordOf(SPDXID)),
  }
}

// SPDX 2.2 writes PACKAGE-MANAGER, some of its schemas PACKAGE_MANAGER; the type is the same.
const IDENTIFIERS = new Set(['purl', 'cpe22Type', 'cpe23Type', 'swid', 'swh', 'gitoid'])
const isIdentifier = ({ referenceType }: JsonObject) => IDENTIFIERS.has(wordOf(referenceType))

function purlOf({ externalRefs }: JsonObject): string | undefined {
  const found = objectsOf(externalRefs).find(({ referenceType }) => referenceType === 'purl')
  return textOf(found?.referenceLocator)
}

function stated(value: unknown): string | undefined {
  return value === 'NOASSERTION' ? undefined : textOf(value)
}

/** `Organization: Contoso (mail)` → `Contoso (mail)`. */
function agentOf(value: unknown): string | undefined {
  return stated(value)
    ?.replace(/^(?:Organization|Person): */, '')
    .trim()
}

function creatorsOf(creators: readonly string[]): Pick<Sbom, 'tools' | 'authors'> {
  const tools = creators.filter((who) => who.startsWith('Tool:')).map((who) => who.slice(5).trim())
  const people = creators.filter((who) => !who.startsWith('Tool:'))
  // `Tool: syft-1.2.3`: spdx-spec joins name and version by a dash.
  return {
    tools: distinct(tools.map((tool) => tool.replace(/-(?=v?\d[^-]*$)/, ' '))),
    authors: distinct(people.map(agentOf)),
  }
}

function subjectOf(subject: JsonObject | undefined, { documentNamespace }: JsonObject) {
  const namespace = textOf(documentNamespace)
  if (!subject) return imageSubject([], [namespace])
  const { name, versionInfo, attributionTexts, annotations } = subject
  const purl = purlOf(subject)
  const isImage = subject.primaryPackagePurpose === 'CONTAINER' || imagePurl(purl) !== undefined
  const told = [...textsOf(attributionTexts), ...objectsOf(annotations).map(({ comment }) => textOf(comment))]
  return imageSubject(
    [purl],
    [
      loneDigest(name),
      loneDigest(versionInfo),
      ...(isImage ? checksumsOf(subject.checksums) : []),
      ...told.filter((text) => /^(?:ImageID|RepoDigest): /.test(text ?? '')),
      namespace,
    ],
  )
}

function checksumsOf(checksums: unknown): readonly string[] {
  return objectsOf(checksums).map(
    ({ algorithm, checksumValue }) => `${wordOf(algorithm).toLowerCase()}:${wordOf(checksumValue)}`,
  )
}
