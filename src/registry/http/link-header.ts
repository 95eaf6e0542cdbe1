/**
 * The `rel="next"` target of a Link header (RFC 8288), resolved against `base`.
 * Only the same origin is followed: a page elsewhere would get our credentials or feed us foreign lists.
 */
export function nextPage(header: string | undefined, base: URL): URL | undefined {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(/<([^<>]*)>([^<>]*)/g)) {
    if (!/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next)(?=\s*(?:[;,]|$))/i.test(parameters)) continue
    if (!URL.canParse(target, base.href)) return undefined
    const url = new URL(target, base)
    return url.origin === base.origin && url.username === '' && url.password === '' ? url : undefined
  }
  return undefined
}
