import { formatRepository, isDigest, parseRepository, sameRepository } from '../oci/index.ts'
import type { Digest, Repository } from '../oci/index.ts'
import type { Image } from './place.ts'

/** An image reference as people write it in manifests, cut into its parts and not judged. */
export interface ImageText {
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

/** Cuts `repository[:tag][@digest]`. What follows `@` and is no digest is dropped. */
export function splitImage(text: string): ImageText {
  const [name = '', digest] = text.split('@', 2)
  const colon = name.lastIndexOf(':')
  const tagged = colon > name.lastIndexOf('/')
  return {
    repository: tagged ? name.slice(0, colon) : name,
    ...(tagged && { tag: name.slice(colon + 1) }),
    ...(isDigest(digest) && { digest }),
  }
}

/** True when the text names that repository; `nginx` and `docker.io/library/nginx` are the same. */
export function namesRepository(text: string, repository: Repository): boolean {
  try {
    return sameRepository(parseRepository(text), repository)
  } catch {
    return false
  }
}

/** True when both texts name one repository. */
export function sameName(text: string, other: string): boolean {
  try {
    return text === other || namesRepository(text, parseRepository(other))
  } catch {
    return false
  }
}

/**
 * A whole reference with the image put in; it goes on having a tag only when a true one is known.
 * Where the digest is there already nothing changes: another tag alone would restart every pod.
 */
export function withImage(current: string, image: Image): string {
  const { repository, tag, digest } = splitImage(current)
  const name = spelled(image.repository, repository || undefined)
  if (digest === image.digest && name === repository) return current
  const label = tag !== undefined && image.tag !== undefined ? `:${image.tag}` : ''
  return `${name}${label}@${image.digest}`
}

/** The text for `repository`, in the spelling that is already there when it means the same. */
function spelled(repository: Repository, current: string | undefined): string {
  return current !== undefined && namesRepository(current, repository)
    ? current
    : formatRepository(repository)
}

/** The last path component: `ordersvc` of `registry.example.com/dev/ordersvc`. */
export function lastPart(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1)
}

/** True when something else fills the text in later: Helm, Flux, kustomize vars, shell. */
export function isTemplated(text: string): boolean {
  return /\{\{|\$\{|\$\(|<%/.test(text)
}
