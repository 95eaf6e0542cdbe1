import { RE2JS } from 're2js'

/** Linear time whatever the pattern (RE2). Unanchored, as CEL's own `matches`. */
export function safeMatches(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).find()
}

/** undefined when it is not RE2 syntax. */
export function compilePattern(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}

/** The pattern matches the text from its beginning to its end. */
export function matchesWhole(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).matches()
}
