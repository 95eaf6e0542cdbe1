/**
 * Whole-text match: `*` and `?` stay within one path segment, `**` crosses them. Takes time by the product of both
 * lengths at most, whatever the glob: every place of the glob that can be reached is carried along at once.
 */
export function matchesGlob(text: string, glob: string): boolean {
  const parts = glob.match(/\*\*|[^]/gu) ?? []
  let reached = passingStars(parts, new Set([0]))
  for (const character of text) {
    const next = new Set<number>()
    for (const at of reached) {
      const part = parts[at]
      if (part === undefined || !admits(part, character)) continue
      next.add(isStar(part) ? at : at + 1)
    }
    reached = passingStars(parts, next)
  }
  return reached.has(parts.length)
}

function admits(part: string, character: string): boolean {
  if (part === '**') return true
  return part === '*' || part === '?' ? character !== '/' : part === character
}

const isStar = (part: string | undefined) => part === '*' || part === '**'

// A star may also match nothing, so what follows it is reached too. A set takes in what is added while it is walked.
function passingStars(parts: readonly string[], reached: Set<number>): ReadonlySet<number> {
  for (const at of reached) if (isStar(parts[at])) reached.add(at + 1)
  return reached
}
