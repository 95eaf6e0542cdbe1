import { RE2JS } from 're2js'

/** Linear time whatever the pattern (RE2). Unanchored, as CEL's own `matches`. */
export function safeMatches(text: string, pattern: string): boolean {
  return RE2JS.compile(pattern).matcher(text).find()
}
