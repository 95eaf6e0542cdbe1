// Untrusted text must reach neither a terminal (escape codes) nor a CI log (`##vso[`, `::`) raw.
// Control characters, line breaks of Unicode, whatever turns the direction of writing, and what is not seen at all.
const CONTROL =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/** Untrusted text made safe to print: control and bidi characters become visible escapes, CI commands are broken. */
export function printable(text: string): string {
  return text
    .replace(CONTROL, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`)
    .replace(/##(?=vso\[|\[)/gi, '#\u00b7#')
    .replace(/^([^\S\n]*):(?=:)/gm, '$1:\u00b7')
}

/** JSON text made safe to print: harmful characters as JSON's own escapes, so that it means what it meant. */
export function printableJson(json: string): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  return json
    .replace(CONTROL, (found) => found.split('').map(escape).join(''))
    .replace(/##(?=vso\[|\[)/gi, '#\\u0023')
}

/** `printable` on one line, cut to `width` characters. */
export function printableLine(text: string, width = 200): string {
  const line = printable(text.replace(/\s+/g, ' ').trim())
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}
