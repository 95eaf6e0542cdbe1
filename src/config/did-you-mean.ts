/** ` Did you mean "gates"?` when a known name is close to what was written; else empty. */
export function didYouMean(written: string, known: readonly string[]): string {
  if (written.length > 100) return ''
  const ranked = known
    .map((name) => ({ name, far: distance(written.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.far - b.far)
  const [best] = ranked
  return best && best.far <= Math.max(1, Math.floor(best.name.length / 3))
    ? ` Did you mean "${best.name}"?`
    : ''
}

/** `a, b or c`, cut after twenty. */
export function oneOf(names: readonly string[]): string {
  if (names.length === 0) return 'nothing'
  const shown = names.slice(0, 20)
  if (names.length > shown.length) return `${shown.join(', ')} or ${names.length - shown.length} others`
  return shown.length === 1 ? `${shown[0]}` : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`
}

// Edits needed, two neighbours swapped counting as one (optimal string alignment).
function distance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current.push(
        Math.min(
          (last[column] ?? 0) + 1,
          (current[column - 1] ?? 0) + 1,
          (last[column - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[column - 2] ?? 0) + 1 : Infinity,
        ),
      )
    }
    before = last
    last = current
  }
  return last[b.length] ?? 0
}
