import type { Word } from './flow.ts'

/** `{image}` → the variable that holds it. */
export type VariableOf = (placeholder: string) => string

/** A command line for a POSIX shell. What a person typed or a job found comes in as a variable, never as text. */
export function shellLine(words: readonly Word[], variableOf: VariableOf): string {
  return words
    .map((word) => (typeof word === 'string' ? shellWord(word, variableOf) : optional(word, variableOf)))
    .join(' ')
}

function optional(word: Exclude<Word, string>, variableOf: VariableOf): string {
  const words = word.words.map((one) => shellWord(one, variableOf)).join(' ')
  return `\${${variableOf(word.given)}:+${words}}`
}

function shellWord(word: string, variableOf: VariableOf): string {
  const placeholder = /^\{(.+)\}$/.exec(word)?.[1]
  return placeholder === undefined ? quoted(word) : `"$${variableOf(placeholder)}"`
}

export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
