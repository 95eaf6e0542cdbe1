import { RE2JS } from 're2js'

/** Whole-text match, linear in time: `*` and `?` stay within one path segment, `**` crosses them. */
export function matchesGlob(text: string, glob: string): boolean {
  const pattern = glob
    .split(/(\*\*|\*|\?)/)
    .map(translate)
    .join('')
  return RE2JS.compile(pattern, RE2JS.DOTALL).matches(text)
}

function translate(part: string): string {
  if (part === '**') return '.*'
  if (part === '*') return '[^/]*'
  return part === '?' ? '[^/]' : RE2JS.quote(part)
}
