/** The middle one; undefined when nothing was measured. */
export function median(numbers: readonly (number | undefined)[]): number | undefined {
  const sorted = numbers.filter((number) => number !== undefined).toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}
