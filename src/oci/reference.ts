import { fail } from '../base/index.ts'
import { isDigest } from './digest.ts'
import type { Digest } from './digest.ts'
import { ociErrors } from './errors.ts'

/** A repository on a registry, normalised: `docker.io` short forms are expanded. */
export interface Repository {
  /** `host[:port]`, lower case, as credentials are looked up by. */
  readonly registry: string
  /** The path, e.g. `library/nginx`. */
  readonly name: string
}

export interface TagReference extends Repository {
  readonly tag: string
  readonly digest?: undefined
}

export interface DigestReference extends Repository {
  readonly digest: Digest
  readonly tag?: undefined
}

/** What a person typed: a tag can still move, a digest cannot. After resolve only DigestReference is accepted. */
export type ImageReference = TagReference | DigestReference

// distribution/reference grammar, anchored and linear.
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`)
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/
const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/
const MAX_NAME = 255
const DEFAULT_REGISTRY = 'docker.io'

export function isTag(text: string): boolean {
  return TAG.test(text)
}

/** The path of a repository below its registry. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_NAME && NAME.test(text)
}

/** Tags that mean something to machines: record chains, standing orders, and what hangs on a digest. No template may come out as one. */
export function isReservedTag(tag: string): boolean {
  return /^(?:promotions\.|standing\.|sha(?:256|512)-)/.test(tag)
}

/**
 * `host[:port]/path` or a Docker Hub short form → Repository.
 * Source of the rules: distribution/reference; a first component is a host if it has `.`, `:` or is `localhost`.
 * @throws REFERENCE_INVALID
 */
export function parseRepository(text: string): Repository {
  const { registry, path } = splitHost(text)
  const name = registry === DEFAULT_REGISTRY && !path.includes('/') ? `library/${path}` : path
  if (!HOST.test(registry))
    throw invalid(text, `the host "${registry}" is not a host name with an optional port`)
  if (!path) throw invalid(text, 'the repository path is empty')
  if (name.length > MAX_NAME) throw invalid(text, `the repository path is longer than ${MAX_NAME} characters`)
  if (!NAME.test(name)) {
    const why =
      name === name.toLowerCase() ? 'has a character or separator that is not allowed' : 'must be lower case'
    throw invalid(text, `the repository path "${name}" ${why}`)
  }
  return { registry, name }
}

/**
 * `repo:tag`, `repo@digest` or `repo:tag@digest` (the digest wins) → ImageReference. No tag means `latest`.
 * @throws REFERENCE_INVALID
 */
export function parseReference(text: string): ImageReference {
  const at = text.indexOf('@')
  if (at >= 0) {
    const digest = text.slice(at + 1)
    if (!isDigest(digest)) throw invalid(text, `"${digest}" is not a digest (sha256: and 64 hex digits)`)
    return { ...parseRepository(splitTag(text.slice(0, at), text).repository), digest }
  }
  if (/^sha(?:256|512):/.test(text))
    throw invalid(text, 'it begins as a digest and is none (sha256: and 64 hex digits)')
  const { repository, tag } = splitTag(text, text)
  return { ...parseRepository(repository), tag: tag ?? 'latest' }
}

export function formatRepository(repository: Repository): string {
  return `${repository.registry}/${repository.name}`
}

export function formatReference(reference: ImageReference): string {
  const suffix = reference.digest === undefined ? `:${reference.tag}` : `@${reference.digest}`
  return formatRepository(reference) + suffix
}

export function sameRepository(a: Repository, b: Repository): boolean {
  return a.registry === b.registry && a.name === b.name
}

export function atDigest(repository: Repository, digest: Digest): DigestReference {
  return { registry: repository.registry, name: repository.name, digest }
}

function splitHost(text: string): { registry: string; path: string } {
  const slash = text.indexOf('/')
  const first = slash < 0 ? '' : text.slice(0, slash)
  // Not by capitals, as distribution does: `Host/app` would be written as `host/app`, which is Docker Hub's.
  const isHost = first.toLowerCase() === 'localhost' || /[.:]/.test(first)
  if (!isHost) return { registry: DEFAULT_REGISTRY, path: text }
  const registry = first.toLowerCase()
  const hub = registry === 'index.docker.io' || registry === 'registry-1.docker.io'
  return { registry: hub ? DEFAULT_REGISTRY : registry, path: text.slice(slash + 1) }
}

function splitTag(text: string, whole: string): { repository: string; tag?: string } {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || colon < text.lastIndexOf('/')) return { repository: text }
  const tag = text.slice(colon + 1)
  if (!isTag(tag)) throw invalid(whole, `"${tag}" is not a tag (letters, digits, _ . - and at most 128)`)
  return { repository: text.slice(0, colon), tag }
}

function invalid(text: string, why: string) {
  // An address pasted with its password is no reference, and no message may repeat the password.
  const plain = text.replace(/\/\/[^/@\s]*@/g, '//…@').replace(/^[^/@\s]*:[^/@\s]*@(?![a-z0-9]+:)/, '…@')
  const found = plain.length > 200 ? `${plain.slice(0, 200)}…` : plain
  return fail(ociErrors.REFERENCE_INVALID, { message: `Found "${found}": ${why}.`, where: found })
}
