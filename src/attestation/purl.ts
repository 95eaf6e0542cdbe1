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
  const [path = '', query = ''] = (text.split('#', 1)[0] ?? '').split('?', 2)
  if (!/^pkg:\/*[a-z0-9.+-]+\/./i.test(path)) return undefined
  // A version may hold a slash in careless writing; a scope's @ stands right behind one.
  const at = path.lastIndexOf('@')
  const versioned = at > 0 && path[at - 1] !== '/'
  const base = decoded(versioned ? path.slice(0, at) : path)
  const version = versioned ? decoded(path.slice(at + 1)) : undefined
  if (base === undefined || (versioned && version === undefined)) return undefined
  const type = base.replace(/^pkg:\/*/i, '')
  const slash = type.indexOf('/')
  return {
    base: `pkg:${type.slice(0, slash).toLowerCase()}${type.slice(slash)}`,
    version,
    qualifiers: qualifiersOf(query),
  }
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
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
