// Untrusted text must reach neither a terminal (escape codes) nor a CI log (`##vso[`, `::`) raw.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** Untrusted text made safe to print: control and bidi characters become visible escapes, CI commands are broken. */
export function printable(text: string): string {
  return text
    .replace(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/##(?=vso\[|\[)/gi, '#\u00b7#')
    .replace(/^(\s*):(?=:)/gm, '$1:\u00b7')
}

/** `printable` on one line, cut to `width` characters. */
export function printableLine(text: string, width = 200): string {
  const line = printable(text.replace(/\s+/g, ' ').trim())
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}
