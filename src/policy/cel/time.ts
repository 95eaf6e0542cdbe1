import { parseInstant } from '../../base/index.ts'

/** A time as the language has it; undefined when it cannot be read, so that asking for it is an error. */
export function time(text: string | undefined): Date | undefined {
  const parsed = text === undefined ? undefined : parseInstant(text)
  return parsed === undefined ? undefined : new Date(parsed)
}
