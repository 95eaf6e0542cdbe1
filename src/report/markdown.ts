import { line, lines } from './words.ts'

// Everything that means something in GitHub or GitLab Markdown, mentions and references included.
const SPECIAL = /[\\`*_[\]#|<>~@&$:]|(?<=www)\.|^(?:=|[-+](?!\S)|-(?=-))|(?<=^\d{1,9})[.)](?!\S)/gi
// References and bare addresses are looked for once more in what was rendered, where an entity is a character again:
// only something between the sign and the name keeps them apart.
const REFERENCE = /[@#!%~$&^[](?=[\w"'{])|:(?=\/\/|[\w+-]+:)|www(?=\.)/gi
const MAIL = /@(?=[\w-]+\.)/g
const APART = '\u200b'

/** Untrusted text for Markdown: one line, nothing in it formats, links, mentions or is HTML. */
export function md(text: string): string {
  const apart = line(text, 1000).replace(REFERENCE, (sign) => `${sign}${APART}`)
  return apart.replace(SPECIAL, entity).replaceAll(APART, entity)
}

/** Untrusted text as code. Only mail addresses are looked for there; all else is copied as it was written. */
export function code(text: string): string {
  const apart = line(text, 1000).replace(MAIL, (sign) => `${sign}${APART}`)
  return `<code>${apart.replace(SPECIAL, entity).replaceAll(APART, entity)}</code>`
}

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`
}

/** A table; the cells are Markdown already. */
export function mdTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

/** Paragraphs, empty ones left out. */
export function mdPage(parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined && part !== '').join('\n\n')}\n`
}

/** A part that is folded away until it is opened. */
export function folded(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

/** Untrusted text of many lines as a code block, which nothing in it can end. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}${language}`, ...lines(text), fence].join('\n')
}
