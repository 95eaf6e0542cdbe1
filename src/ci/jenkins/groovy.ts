import { indented } from '../text.ts'

/** A Groovy string that is just this text: in single quotes nothing is put in. */
export function literal(text: string): string {
  return `'${text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\n', String.raw`\n`)}'`
}

/**
 * A step that runs these lines of sh. The first line keeps Jenkins from tracing it, which would print keys; and Groovy puts
 * nothing into it, since what people type and other jobs say must not become part of a script.
 */
export function sh(lines: readonly string[]): readonly string[] {
  const text = lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll("'''", String.raw`\'\'\'`))
  return ["sh '''#!/bin/sh", ...indented(['set -eu', ...text]), "'''"]
}

/** `name { … }`; nothing when there is nothing in it. */
export function braces(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name} {`, ...indented(lines), '}']
}
