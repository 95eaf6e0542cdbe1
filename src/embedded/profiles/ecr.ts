import type { Around } from '../handler.ts'
import type { CoreOptions } from '../core-options.ts'
import { complaint, withoutQuery } from './alter.ts'
import { profile } from './profile.ts'
import { common } from './traits.ts'

export interface EcrSettings {
  /** Repositories somebody has created, beside those that hold something already. Default none. */
  readonly repositories?: readonly string[]
  /** Blobs can be mounted (BLOB_MOUNTING=ENABLED). Default false. */
  readonly mounting?: boolean
  /** A tag is written once. Default true. */
  readonly immutableTags?: boolean
}

export const ecr = profile<EcrSettings>({
  about:
    'Basic auth; repositories must exist; PATCH answers 201; n above 1000 fails; no mount unless enabled (202); an immutable tag refuses even the same digest',
  knownFrom: 'containers-roadmap#2860 (mount), the ECR API reference (ImageTagAlreadyExistsException)',
  make: ({ repositories = [], mounting = false, immutableTags = true }) => ({
    prepare: basicAuth,
    around: [
      ...common,
      mustExist(new Set(repositories)),
      shortPages,
      createdByPatch,
      ...(mounting ? [] : [noMount]),
      ...(immutableTags ? [writtenOnce] : []),
    ],
  }),
})

function basicAuth(options: CoreOptions): CoreOptions {
  return { ...options, ...(options.auth && { auth: { ...options.auth, kind: 'basic' } }) }
}

function mustExist(created: ReadonlySet<string>): Around {
  return async (call, route, next) => {
    const isThere = !('name' in route) || created.has(route.name) || call.parts.repositories.has(route.name)
    if (isThere) return next(call, route)
    const message = `The repository with name '${route.name}' does not exist in the registry`
    return complaint(404, 'NAME_UNKNOWN', message)
  }
}

const shortPages: Around = async (call, route, next) => {
  const isList = route.kind === 'tags' || route.kind === 'catalog'
  if (!isList || Number(call.exchange.query.get('n') ?? 0) <= 1000) return next(call, route)
  const rule = "'Member must have value less than or equal to 1000'"
  return complaint(
    405,
    'UNSUPPORTED',
    `Invalid parameter at 'maxResults' failed to satisfy constraint: ${rule}`,
  )
}

const createdByPatch: Around = async (call, route, next) => {
  const answer = await next(call, route)
  return call.exchange.method === 'PATCH' && answer.status === 202 ? { ...answer, status: 201 } : answer
}

const noMount: Around = (call, route, next) =>
  next(route.kind === 'uploads' ? withoutQuery(call, 'mount', 'from') : call, route)

const writtenOnce: Around = async (call, route, next) => {
  const tag = route.kind === 'manifest' && route.target?.kind === 'tag' && route.target.tag
  if (!tag || call.exchange.method !== 'PUT') return next(call, route)
  const current = await call.parts.repositories.tag(route.name, tag)
  if (current === undefined) return next(call, route)
  const message = `ImageTagAlreadyExistsException: the image tag '${tag}' already exists in the '${route.name}' repository and cannot be overwritten because the repository is immutable.`
  return complaint(400, 'TAG_INVALID', message)
}
