/** Lines one level deeper; empty ones stay empty. */
export function indented(lines: readonly string[], by = 2): readonly string[] {
  return lines.map((line) => (line === '' ? line : ' '.repeat(by) + line))
}

/** A YAML scalar as a person writes it: plain where that says the same, else in single quotes. */
export function scalar(text: string): string {
  const isPlain =
    /^[A-Za-z0-9_./$<{(][^\n]*$/.test(text) &&
    !/: |:$| #|^(?:true|false|null|yes|no|on|off|~)$|^[\d.]+$|^\{(?!\{)|\s$/i.test(text)
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`
}

/** `[a, b]`. */
export function flowList(items: readonly string[]): string {
  return `[${items.map((item) => (/^[\w./-]+$/.test(item) ? item : `'${item}'`)).join(', ')}]`
}

/** Comment lines of at most 100 columns. */
export function comment(text: string, mark = '#'): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || `${mark} ${last} ${word}`.length > 100) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines.map((line) => `${mark} ${line}`)
}

/** `promote-staging` → `Promote staging`. */
export function titleOf(id: string): string {
  const words = id.replaceAll('-', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

/** A key of YAML with lines below it; nothing when there are none. */
export function block(key: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${key}:`, ...indented(lines)]
}
