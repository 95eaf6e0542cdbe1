// Escape sequences take no room, East Asian wide characters and emoji take two.
// eslint-disable-next-line no-control-regex
const ESCAPE = /\u001b\[[0-9;]*m/g
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u
const NARROWEST = 16
const OWN_LINE_INDENT = 6

/** Columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text.replace(ESCAPE, ''))
    width += WIDE.test(character) ? 2 : /\p{Mn}/u.test(character) ? 0 : 1
  return width
}

/** Cuts plain text to `width` columns, with an ellipsis where something is missing. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  for (const character of text) {
    if (widthOf(kept + character) > width - 1) break
    kept += character
  }
  return width > 0 ? `${kept}…` : ''
}

/** Plain text in lines of at most `width` columns; a word longer than a line is broken. */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  const room = () => width - (lines.length > 0 ? indent.length : 0)
  for (const word of text
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((one) => pieces(one, width - indent.length))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > room()) {
      lines.push((lines.length > 0 ? indent : '') + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, (lines.length > 0 ? indent : '') + line].map(harmless)
}

/** Wrapping may move `::` to the start of a line, where GitHub reads a command, leading blanks or not. */
function harmless(text: string): string {
  return text.replace(/^(\s*):(?=:)/, '$1:\u00b7')
}

/** Rows in aligned columns; the last one wraps. Cells may be painted, except in the last column when it wraps. */
export function columns(rows: readonly (readonly string[])[], width: number, gap = 2): readonly string[] {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: Math.max(0, count - 1) }, (_, at) =>
    Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))),
  )
  const together = widths.reduce((sum, one) => sum + one + gap, 0)
  // Where hardly anything is left beside the other columns, the last one gets lines of its own.
  const isBeside = width - 2 - together >= NARROWEST
  const before = isBeside ? together : OWN_LINE_INDENT
  const room = width - 2 - before
  return rows.flatMap((row) => {
    const head = widths.map((one, at) => pad(row[at] ?? '', one) + ' '.repeat(gap)).join('')
    const last = row[count - 1] ?? ''
    const lines = widthOf(last) <= room ? [last] : wrap(last, room)
    const indented = lines.map((line) => ' '.repeat(before) + line)
    if (!isBeside) return [...ownLine(head.trimEnd(), width), ...indented]
    return [(head + (lines[0] ?? '')).trimEnd(), ...indented.slice(1)]
  })
}

function ownLine(head: string, width: number): readonly string[] {
  return widthOf(head) <= width ? [head] : wrap(head, width, ' '.repeat(OWN_LINE_INDENT))
}

/** A first line, painted after it is broken where it is too long. */
export function title(text: string, paint: (line: string) => string): readonly string[] {
  return wrap(text, 80, '  ').map(paint)
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
}

function pieces(word: string, width: number): readonly string[] {
  if (widthOf(word) <= width) return [word]
  const characters = Array.from(word)
  const step = Math.max(1, width)
  return Array.from({ length: Math.ceil(characters.length / step) }, (_, at) =>
    characters.slice(at * step, (at + 1) * step).join(''),
  )
}
