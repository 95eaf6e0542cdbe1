/** A scalar as a person would write it: plain where YAML reads it back as this very text, else in quotes. */
export function scalar(text: string): string {
  const isPlain =
    /^[A-Za-z$./][^\n]*$/.test(text) &&
    !/:(?: |$)| #|\s$/.test(text) &&
    !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text)
  return isPlain ? text : `'${text.replaceAll("'", "''")}'`
}

/** `[a, b]` */
export function flow(items: readonly string[]): string {
  return `[${items.map(inFlow).join(', ')}]`
}

function inFlow(text: string): string {
  return /^[A-Za-z./][\w./*-]*$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`
}

/** Lines with a list mark each; what has several lines becomes a block. */
export function list(items: readonly string[]): readonly string[] {
  return items.flatMap((item) =>
    item.includes('\n')
      ? ['- |', ...item.split('\n').map((line) => `  ${line}`)]
      : [`- ${item.startsWith('!reference ') || item.startsWith('{ ') || item.startsWith('# ') ? item : scalar(item)}`],
  )
}

export function indent(lines: readonly string[], by = 2): readonly string[] {
  return lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line))
}

/** A key with a block below it; nothing when the block is empty. */
export function block(key: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${key}:`, ...indent(lines)]
}

export function comment(text: string, width = 110): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= width) lines.push(`# ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
