const VARIABLE = /^env:\/\/([A-Za-z_][A-Za-z0-9_]*)$/

/** `env://NAME` → NAME; undefined when it is no such reference. */
export function variableOf(reference: string): string | undefined {
  return VARIABLE.exec(reference)?.[1]
}
