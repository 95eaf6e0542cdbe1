import type { Digest } from '../oci/index.ts'
import { refusal } from './answer.ts'
import { manifestTarget, requireDigest, requireName } from './names.ts'
import type { RepositoryName, Target } from './names.ts'

/** What a path names. Everything in it is parsed: no raw text goes further than this file. */
export type Route =
  | { readonly kind: 'base' | 'token' | 'catalog' }
  | { readonly kind: 'tags' | 'uploads'; readonly name: RepositoryName }
  | { readonly kind: 'upload'; readonly name: RepositoryName; readonly id: string }
  | { readonly kind: 'blob' | 'referrers'; readonly name: RepositoryName; readonly digest: Digest }
  | { readonly kind: 'manifest'; readonly name: RepositoryName; readonly target: Target | undefined }

/**
 * A request's path (still percent-encoded, without the query) → Route.
 * @throws Refusal NAME_INVALID, DIGEST_INVALID, or 404 for a path the specification does not know
 */
export function routeOf(rawPath: string): Route {
  const path = decoded(rawPath)
  if (path === '/v2' || path === '/v2/') return { kind: 'base' }
  if (path === '/token') return { kind: 'token' }
  if (path === '/v2/_catalog') return { kind: 'catalog' }
  const route = repositoryRoute(path)
  if (route) return route
  throw unknownPath()
}

function repositoryRoute(path: string): Route | undefined {
  // A name may itself contain "blobs" or "manifests", so the last occurrence counts.
  const uploads = /^\/v2\/(.+)\/blobs\/uploads\/?$/.exec(path)
  if (uploads) return { kind: 'uploads', name: requireName(uploads[1] ?? '') }
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/.exec(path)
  if (upload) return { kind: 'upload', name: requireName(upload[1] ?? ''), id: upload[2] ?? '' }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)
  if (tags) return { kind: 'tags', name: requireName(tags[1] ?? '') }
  const [, text, kind, last = ''] = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? []
  if (text === undefined) return undefined
  const name = requireName(text)
  if (kind === 'manifests') return { kind: 'manifest', name, target: manifestTarget(last) }
  return { kind: kind === 'blobs' ? 'blob' : 'referrers', name, digest: requireDigest(last) }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw unknownPath()
  }
}

function unknownPath() {
  return refusal(404, 'UNSUPPORTED', 'this path is not part of the OCI distribution API')
}
