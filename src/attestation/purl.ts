import type { Digest } from '../oci/index.ts'
import { isDigest } from '../oci/index.ts'

/** A package URL, taken apart as far as Waybill asks. Not encoded. */
export interface Purl {
  readonly type: string
  /** Empty when there is none. */
  readonly namespace: string
  readonly name: string
  readonly version: string | undefined
  readonly qualifiers: ReadonlyMap<string, string>
  readonly subpath: string
}

/** `pkg:type/namespace/name@version?qualifiers#subpath` (purl-spec); undefined when it is none. */
export function readPurl(text: string): Purl | undefined {
  const [, type = '', path = '', query = '', subpath = ''] =
    /^pkg:\/*([a-z][a-z0-9.+-]*)\/+([^?#]+)(?:\?([^#]*))?(?:#(.*))?$/is.exec(text) ?? []
  const slash = path.lastIndexOf('/')
  const at = path.indexOf('@', slash + 2)
  const name = decoded(path.slice(slash + 1, at < 0 ? undefined : at))
  if (!name) return undefined
  return {
    ...normalised(type.toLowerCase(), decoded(path.slice(0, Math.max(slash, 0))), name),
    version: at < 0 ? undefined : decoded(path.slice(at + 1)),
    qualifiers: new Map(query.split('&').filter(Boolean).map(qualifier)),
    subpath: decoded(subpath),
  }
}

/** `pkg:deb/debian/openssl`: type, namespace and name alone. */
export function purlBase({ type, namespace, name }: Purl): string {
  return `pkg:${[type, namespace, name].filter(Boolean).join('/')}`
}

/** The digest that a `pkg:oci/…@sha256:…` names. */
export function digestOfPurl({ type, version }: Purl): Digest | undefined {
  return type === 'oci' && isDigest(version) ? version : undefined
}

/** True when `pattern` is about `purl`: the same package; its version and qualifiers, where it has any, the same. */
export function purlCovers(pattern: Purl, purl: Purl): boolean {
  if (purlBase(pattern) !== purlBase(purl)) return false
  if (pattern.version !== undefined && pattern.version !== purl.version) return false
  return [...pattern.qualifiers].every(([key, value]) => purl.qualifiers.get(key) === value)
}

// purl-types: where the case of a name means nothing.
const CASELESS = new Set(['apk', 'bitbucket', 'composer', 'deb', 'github', 'gitlab', 'golang', 'pypi'])

function normalised(type: string, namespace: string, name: string) {
  if (!CASELESS.has(type)) return { type, namespace, name }
  const plain = name.toLowerCase()
  return {
    type,
    namespace: namespace.toLowerCase(),
    name: type === 'pypi' ? plain.replaceAll('_', '-') : plain,
  }
}

function qualifier(text: string): readonly [string, string] {
  const end = text.indexOf('=')
  if (end < 0) return [text.toLowerCase(), '']
  return [text.slice(0, end).toLowerCase(), decoded(text.slice(end + 1))]
}

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
