const SCALAR = /[^\s,\]}]+/y

/**
 * Valid JSON whose keys may be written with escapes → its value, as `JSON.parse` should give it. V8 13.6 (Node 24)
 * compares such a key unread with the one that the same place had in an earlier object: after `{"a":1,"\\u0072":1}`
 * it reads `{"a":1,"\u0072esult":1}` as that again. So whoever may hand in any JSON could make a field disappear, or
 * appear twice, in another. Depth is for the caller to limit.
 * @param endOfString past the closing quote of the string that begins here
 * @throws SyntaxError
 */
export function parseEscapedKeys(
  text: string,
  endOfString: (text: string, start: number) => number,
): unknown {
  let at = 0
  const peek = () => {
    while (' \n\r\t'.includes(text[at] ?? 'end')) at++
    return text[at]
  }
  const take = (wanted: string) => {
    if (peek() !== wanted) throw new SyntaxError(`expected ${wanted} at ${at}`)
    at++
  }
  const until = (end: number) => {
    const token = text.slice(at, end)
    at = end
    return JSON.parse(token) as unknown
  }
  const string = () => {
    if (peek() !== '"') throw new SyntaxError(`expected a string at ${at}`)
    return until(endOfString(text, at)) as string
  }
  const list = <T>(open: string, close: string, read: () => T): readonly T[] => {
    take(open)
    const found: T[] = []
    while (peek() !== close) {
      if (found.length > 0) take(',')
      found.push(read())
    }
    take(close)
    return found
  }
  const pair = (): readonly [string, unknown] => {
    const key = string()
    take(':')
    return [key, value()]
  }
  const value = (): unknown => {
    const first = peek()
    if (first === '{') return Object.fromEntries(list('{', '}', pair))
    if (first === '[') return list('[', ']', value)
    if (first === '"') return string()
    SCALAR.lastIndex = at
    return until(at + (SCALAR.exec(text)?.[0].length ?? 0))
  }
  const found = value()
  if (peek() !== undefined) throw new SyntaxError(`unexpected text at ${at}`)
  return found
}
