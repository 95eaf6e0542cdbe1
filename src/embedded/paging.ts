import { refusal } from './answer.ts'

/** No page is longer, whatever `n` says (CVE-2023-2253). */
const LONGEST_PAGE = 10_000

/** One page of a sorted list, and the Link header to the next one. */
export interface Page {
  readonly entries: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

/**
 * `n` and `last` as in distribution-spec "Listing Tags": up to `n` entries behind `last`.
 * @throws Refusal when `n` is not a number
 */
export function pageOf(sorted: readonly string[], query: URLSearchParams, path: string): Page {
  const size = pageSize(query.get('n'))
  const last = query.get('last')
  const behind = last === null ? sorted : sorted.filter((entry) => entry > last)
  const entries = behind.slice(0, size)
  const end = entries.at(-1)
  if (end === undefined || entries.length === behind.length) return { entries, headers: {} }
  return { entries, headers: { link: nextLink(path, { n: String(size), last: end }) } }
}

/** RFC 8288 Link header; relative, so that it works behind any address. */
export function nextLink(path: string, query: Readonly<Record<string, string>>): string {
  return `<${path}?${new URLSearchParams(query).toString()}>; rel="next"`
}

function pageSize(text: string | null): number {
  if (text === null) return LONGEST_PAGE
  if (!/^\d{1,15}$/.test(text)) throw refusal(400, 'UNSUPPORTED', '"n" must be a whole number, not negative')
  return Math.min(Number(text), LONGEST_PAGE)
}
