/** A time as the language has it; undefined when it cannot be read, so that asking for it is an error. */
export function time(text: string | undefined): Date | undefined {
  const parsed = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(parsed) ? undefined : new Date(parsed)
}
