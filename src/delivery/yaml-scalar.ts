import { Scalar } from 'yaml'

// Words that YAML 1.1 readers (Helm, kustomize) take for booleans or null.
const WORDS = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', 'nan', 'inf'])

/** True when the bare text is a string to every YAML 1.1 and 1.2 reader, in block and flow style. */
function isPlainSafe(value: string): boolean {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._/@-]|:(?=[A-Za-z0-9._/@-]))*$/.test(value)) return false
  if (WORDS.has(value.toLowerCase())) return false
  return /^[A-Za-z]/.test(value) || /[/@]/.test(value)
}

/** The text of a string scalar, in the style of the scalar it replaces or stands next to. */
export function scalarText(value: string, style?: string | null): string {
  if (style === Scalar.QUOTE_SINGLE && isPrintable(value)) return `'${value.replaceAll("'", "''")}'`
  if (style === Scalar.QUOTE_DOUBLE || !isPlainSafe(value)) return JSON.stringify(value)
  return value
}

function isPrintable(value: string): boolean {
  return /^[\x20-\x7e]*$/.test(value)
}
