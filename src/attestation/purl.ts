import type { Digest } from '../oci/index.ts'
import { isDigest } from '../oci/index.ts'

/** The parts of a package URL that tell packages apart (purl-spec). Qualifiers undecoded but for `%`. */
export interface Purl {
  /** `pkg:deb/debian/openssl`: type, namespace and name. */
  readonly base: string
  readonly version: string | undefined
  readonly qualifiers: ReadonlyMap<string, string>
}

/** undefined when the text is no package URL. */
export function parsePurl(text: string): Purl | undefined {
  const split = splitPurl(text)
  const base = split && baseOf(split.path)
  if (base === undefined) return undefined
  const version = split?.version === undefined ? undefined : decoded(split.version)
  if (version === undefined && split?.version !== undefined) return undefined
  return { base, version, qualifiers: qualifiersOf(split?.query ?? '') }
}

/** Type, namespace and name alone; undefined when the text is no package URL. */
export function purlBase(text: string): string | undefined {
  const split = splitPurl(text)
  return split && baseOf(split.path)
}

function splitPurl(text: string) {
  const [whole = '', query = ''] = (text.split('#', 1)[0] ?? '').split('?', 2)
  if (!/^pkg:\/*[a-z0-9.+-]+\/./i.test(whole)) return undefined
  // The @ of an npm scope stands right behind a slash.
  const at = whole.lastIndexOf('@')
  if (at < 1 || whole[at - 1] === '/') return { path: whole, version: undefined, query }
  return { path: whole.slice(0, at), version: whole.slice(at + 1), query }
}

function baseOf(path: string): string | undefined {
  const base = decoded(path)?.replace(/^pkg:\/*/i, '')
  const slash = base?.indexOf('/') ?? -1
  return base && `pkg:${base.slice(0, slash).toLowerCase()}${base.slice(slash)}`
}

/** The digest that a `pkg:oci/…@sha256:…` names. */
export function digestOfPurl({ base, version }: Purl): Digest | undefined {
  return base.startsWith('pkg:oci/') && isDigest(version) ? version : undefined
}

/** True when `pattern` is about `purl`: the same package; its version and qualifiers, where it has any, the same. */
export function purlCovers(pattern: Purl, purl: Purl): boolean {
  if (pattern.base !== purl.base) return false
  if (pattern.version !== undefined && pattern.version !== purl.version) return false
  return [...pattern.qualifiers].every(([key, value]) => purl.qualifiers.get(key) === value)
}

function qualifiersOf(query: string): ReadonlyMap<string, string> {
  const pairs = query.split('&').filter((pair) => pair.includes('='))
  return new Map(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.split('=', 2)
      return [key.toLowerCase(), decoded(value) ?? value]
    }),
  )
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
