import type { Around } from '../handler.ts'
import type { CoreOptions } from '../core-options.ts'
import { withoutHeaders, withoutQuery } from './alter.ts'

// What several registries share. Each is one deviation, so that a profile is a list of them.

/** `prepare` of a registry without the referrers API: 404, and no OCI-Subject. */
export function withoutReferrers(options: CoreOptions): CoreOptions {
  return { ...options, referrersApi: false }
}

/** If-Match and If-None-Match are not looked at when something is written (distribution-spec#250). */
export const unconditional: Around = (call, route, next) => {
  const isRead = ['GET', 'HEAD'].includes(call.exchange.method)
  return next(isRead ? call : withoutHeaders(call, 'if-match', 'if-none-match'), route)
}

/** `?tag=` on a manifest PUT is not known: no tag is set and there is no OCI-Tag. */
const singleTag: Around = (call, route, next) =>
  next(route.kind === 'manifest' ? withoutQuery(call, 'tag') : call, route)

/** `POST ?digest=` begins an ordinary upload (202); the body it came with is lost. */
export const noSinglePost: Around = (call, route, next) =>
  next(route.kind === 'uploads' ? withoutQuery(call, 'digest') : call, route)

/** What nearly every registry in the field does: no conditional writes, one tag per PUT. */
export const common: readonly Around[] = [unconditional, singleTag]
