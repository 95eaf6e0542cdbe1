import { isDigest, isTag, ociErrors, parseRepository } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { isFailure } from '../base/index.ts'
import { refusal } from './answer.ts'

declare const nameBrand: unique symbol

/** A validated repository path. Only these, digests and tags ever become part of a file name. */
export type RepositoryName = string & { readonly [nameBrand]: true }

/** What a manifest is addressed by. */
export type Target =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest }

/** The repository path, or undefined when the grammar does not allow it. */
export function repositoryName(text: string): RepositoryName | undefined {
  try {
    // The host only keeps Docker Hub's short forms out of this.
    return parseRepository(`localhost/${text}`).name as RepositoryName
  } catch (error) {
    if (isFailure(error, ociErrors.REFERENCE_INVALID)) return undefined
    throw error
  }
}

/** @throws Refusal NAME_INVALID */
export function requireName(text: string): RepositoryName {
  const name = repositoryName(text)
  if (name) return name
  throw refusal(400, 'NAME_INVALID', `"${text.slice(0, 200)}" is not a repository name`)
}

/** @throws Refusal DIGEST_INVALID */
export function requireDigest(text: string | null): Digest {
  if (isDigest(text)) return text
  const found = text === null ? 'no digest' : `"${text.slice(0, 140)}"`
  throw refusal(400, 'DIGEST_INVALID', `found ${found}, expected sha256:<64 hex> or sha512:<128 hex>`)
}

/** A tag or a digest; undefined for text that can be neither, which therefore cannot exist. */
export function manifestTarget(text: string): Target | undefined {
  if (text.includes(':')) return { kind: 'digest', digest: requireDigest(text) }
  return isTag(text) ? { kind: 'tag', tag: text } : undefined
}
