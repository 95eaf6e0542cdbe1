import { isConfidential, isObject } from '../base/index.ts'

/** A piece of an answer by its path: `result.state`, `result.0.number`. undefined = it is not there. */
function valueAt(answer: unknown, path: string): unknown {
  let value = answer
  for (const key of path.split('.')) {
    if (Array.isArray(value)) value = /^\d{1,6}$/.test(key) ? (value[Number(key)] as unknown) : undefined
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  }
  return value
}

/** A text, number or truth value as text; undefined for anything else. */
export function textAt(answer: unknown, path: string): string | undefined {
  const value = valueAt(answer, path)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/** RFC 3339, or `2026-03-01 12:00:00` in UTC as ServiceNow's tables have it; milliseconds since 1970. */
export function timeAt(answer: unknown, path: string): number | undefined {
  const text = textAt(answer, path)?.trim() ?? ''
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(text) ?? []
  const isDated = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$/.test(text)
  const parsed = Date.parse(
    day ? `${day}T${time}Z` : isDated ? text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : '',
  )
  return Number.isNaN(parsed) ? undefined : parsed
}

/**
 * What is wrong with the address of a change-management system; undefined when nothing is. The ticket may stand in its
 * path or query only: who names a ticket must not choose the host that gets the token.
 */
export function addressFlaw(url: string): string | undefined {
  const [one, other] = ['A', 'B']
    .map((id) => fill(url, id))
    .map((text) => (URL.canParse(text) ? new URL(text) : undefined))
  if (!one || !other) return 'expected an address such as https://changes.example.com/api/change/{ticket}'
  if (one.username !== '' || one.password !== '') return 'expected an address without user name and password'
  if (!isConfidential(one)) return 'expected https; plain http is for this machine itself only'
  if (one.origin !== other.origin) return 'found {ticket} in the host, expected it in the path or query'
  const isPlaced = one.pathname !== other.pathname || one.search !== other.search
  return isPlaced ? undefined : 'found no {ticket} in the path or query, expected it there'
}

/** The address of one ticket. */
function fill(url: string, ticket: string): string {
  return url.replaceAll('{ticket}', encodeURIComponent(ticket))
}
