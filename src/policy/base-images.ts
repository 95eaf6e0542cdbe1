import { provenance, readPurl, WAYBILL_BUILD_TYPE } from '../attestation/index.ts'
import type { Provenance, VerifiedStatement } from '../attestation/index.ts'
import { orUndefined } from '../base/index.ts'
import { formatRepository, isDigest, parseReference, parseRepository } from '../oci/index.ts'
import type { Digest, Repository } from '../oci/index.ts'
import type { Facts } from './facts.ts'
import { platformName } from './platform-name.ts'
import type { Fact } from './predicates.ts'
import { factsOf } from './predicates.ts'

/** An image that another was built on, as somebody names it. */
export interface BaseImage {
  /** `host/path`; undefined when it is not named by a repository. */
  readonly repository: string | undefined
  readonly digest: Digest | undefined
  /** As it is written. */
  readonly name: string
}

export interface BaseAccounts {
  /** From signed provenance. */
  readonly signed: readonly BaseImage[]
  /** From annotations, which whoever built the image wrote. */
  readonly annotated: readonly BaseImage[]
  /** Platforms that no annotation speaks of. */
  readonly silent: readonly string[]
  /** Signed provenance says that there is none. */
  readonly fromScratch: boolean
  readonly basis: readonly Pick<VerifiedStatement, 'payload'>[]
  readonly unreadable: readonly VerifiedStatement[]
}

/** @param signedOnly annotations do not even tell which of the images that a build used is the base */
export function baseAccounts(facts: Facts, signedOnly: boolean): BaseAccounts {
  const { read, unreadable } = factsOf(facts.evidence, 'provenance', provenance)
  const root = annotatedBase(facts.image.annotations)
  const platforms = facts.image.platforms.map(({ platform, manifest }) => {
    const own = facts.image.details?.find((one) => one.manifest === manifest)
    return { platform: platformName(platform), base: own && annotatedBase(own.annotations) }
  })
  const annotated = [root, ...platforms.map(({ base }) => base)].filter((base) => base !== undefined)
  const perBuild = read.map((fact) => ({ fact, bases: signedBases(fact, signedOnly ? [] : annotated) }))
  return {
    signed: perBuild.flatMap(({ bases }) => bases),
    annotated,
    silent: root ? [] : platforms.filter(({ base }) => !base).map(({ platform }) => platform),
    fromScratch: read.length > 0 && perBuild.every(({ fact, bases }) => isNative(fact) && bases.length === 0),
    basis: read,
    unreadable,
  }
}

type Dependency = NonNullable<Provenance['buildDefinition']['resolvedDependencies']>[number]

/**
 * Waybill marks the base among what a build used. Others list every image, those of earlier stages too: then the one
 * that the annotations name is meant, and where they name none, all are.
 */
function signedBases({ predicate }: Fact<Provenance>, annotated: readonly BaseImage[]): readonly BaseImage[] {
  const all = predicate.buildDefinition.resolvedDependencies ?? []
  const marked = all.filter(({ name }) => name === 'base')
  if (marked.length > 0) return marked.map((one) => usedImage(one) ?? { ...NAMELESS, digest: digestOf(one) })
  const images = all.flatMap((one) => usedImage(one) ?? [])
  const meant = images.filter(({ digest }) => digest && annotated.some((base) => base.digest === digest))
  return meant.length > 0 ? meant : images
}

const NAMELESS = { repository: undefined, name: '(no name)' } as const

function isNative({ predicate: { buildDefinition } }: Fact<Provenance>): boolean {
  // Adopted images carry the same type, and nothing is known of what is in them.
  return (
    buildDefinition.buildType === WAYBILL_BUILD_TYPE &&
    buildDefinition.externalParameters.builder === 'native'
  )
}

function usedImage(dependency: Dependency): BaseImage | undefined {
  const { uri = '' } = dependency
  const digest = digestOf(dependency)
  // How waybill.yaml names a base that is a folder.
  if (uri.startsWith('layout:')) return { repository: undefined, digest, name: uri }
  const reference = /^(?:oci|docker|docker-image):\/\/(.+)$/.exec(uri)?.[1] ?? purlReference(uri)
  if (reference === undefined) return undefined
  const read = readName(reference)
  return { repository: read?.repository, digest: digest ?? read?.digest, name: reference }
}

/** BuildKit: `pkg:docker/ghcr.io/contoso/base@3?platform=…`; purl-spec: `pkg:oci/base@sha256:…?repository_url=…`. */
function purlReference(uri: string): string | undefined {
  const purl = readPurl(uri)
  if (purl?.type === 'oci') return purl.qualifiers.get('repository_url') ?? purl.name
  if (purl?.type !== 'docker') return undefined
  return [purl.qualifiers.get('repository_url'), purl.namespace, purl.name].filter(Boolean).join('/')
}

function digestOf({ digest }: Dependency): Digest | undefined {
  const text = `sha256:${digest?.sha256}`
  return isDigest(text) ? text : undefined
}

/** image-spec annotations.md */
function annotatedBase(annotations: Readonly<Record<string, string>>): BaseImage | undefined {
  const name = annotations['org.opencontainers.image.base.name']
  const digest = annotations['org.opencontainers.image.base.digest']
  if (name === undefined && digest === undefined) return undefined
  const read = name === undefined ? undefined : readName(name)
  const own = isDigest(digest) ? digest : undefined
  return { repository: read?.repository, digest: own ?? read?.digest, name: name ?? String(digest) }
}

function readName(text: string) {
  const read = orUndefined(() => parseReference(text))
  return read && { repository: formatRepository(read), digest: read.digest }
}

/** `debian` → `docker.io/library/debian`; undefined when it is no repository. */
export function repositoryName(text: string): string | undefined {
  const read = orUndefined<Repository>(() => parseRepository(text))
  return read && formatRepository(read)
}
