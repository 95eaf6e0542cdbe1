import type { IncomingHttpHeaders } from 'node:http'
import type { Digest } from '../oci/index.ts'
import { refusal } from './answer.ts'

/**
 * RFC 9110 §13.1 for a resource that is at `current` now, or absent. The entity tag is the quoted digest.
 * This is what makes "move the tag only if nobody else has" possible.
 * @throws Refusal with status 412
 */
export function requireConditions(
  headers: IncomingHttpHeaders,
  current: Digest | undefined,
  what: string,
): void {
  const match = headers['if-match']
  const noneMatch = headers['if-none-match']
  if (match !== undefined && !names(match, current)) throw unmet('If-Match', current, what)
  if (noneMatch !== undefined && names(noneMatch, current, 'W/')) throw unmet('If-None-Match', current, what)
}

/** True when the client already has this content, so that a GET is answered with 304. */
export function isUnchanged(headers: IncomingHttpHeaders, current: Digest): boolean {
  const noneMatch = headers['if-none-match']
  return noneMatch !== undefined && names(noneMatch, current, 'W/')
}

// If-Match compares strongly: a weak tag never names the content. If-None-Match may be weak.
function names(header: string, current: Digest | undefined, prefix: '' | 'W/' = ''): boolean {
  if (current === undefined) return false
  return header
    .split(',')
    .some((entry) => ['*', `"${current}"`, `${prefix}"${current}"`].includes(entry.trim()))
}

function unmet(condition: string, current: Digest | undefined, what: string) {
  const state = current === undefined ? 'does not exist' : `is at ${current}`
  return refusal(412, 'DENIED', `${what} ${state}, which ${condition} does not allow`, { current })
}
