const PLAIN_YAML = /^(?!(?:true|false|null|yes|no|on|off|[yn])$)[a-z][\w./-]*$/i
const PLAIN_WORD = /^[\w./@%+=:,-]+$/

/** A text from outside as a YAML scalar, also inside brackets: as it is where it can be read as nothing else. */
export function yamlText(text: string): string {
  return PLAIN_YAML.test(text) ? text : JSON.stringify(text)
}

/** One word of a command line of a POSIX shell. */
export function shellWord(text: string): string {
  return PLAIN_WORD.test(text) ? text : shellQuoted(text)
}

/** The same, always in quotes. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
