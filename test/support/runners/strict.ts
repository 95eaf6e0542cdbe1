export type Fields = Readonly<Record<string, unknown>>

/** Everything that a runner here does not know is a mistake of the file, or of the runner. @throws */
export function only(value: unknown, known: readonly string[], what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what}: no mapping`)
  const strange = Object.keys(value).filter((key) => !known.includes(key))
  if (strange.length > 0) throw new Error(`${what}: unknown ${strange.join(', ')}`)
  return value as Fields
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

export function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value as string | number | boolean)
}

/** `release/*`: a star does not cross a slash, two do. */
export function matches(name: string, patterns: readonly unknown[]): boolean {
  return patterns.some((pattern) => {
    const source = textOf(pattern)
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('**', '\0')
      .replaceAll('*', '[^/]*')
      .replaceAll('\0', '.*')
    return new RegExp(`^${source}$`).test(name)
  })
}
