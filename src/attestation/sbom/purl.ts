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
  const [key = '', value = ''] = text.split(/=(.*)/s)
  return [key.toLowerCase(), decoded(value)]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
