// Expressions of Azure Pipelines, as far as the generated files use them. What is not known here ends the test.

export type Names = (path: readonly string[]) => string | boolean | undefined
type Value = string | boolean | undefined

/** @param status what `succeeded()` looks at; undefined where there is none to ask */
export function evaluate(source: string, names: Names, status?: { readonly failed: boolean }): Value {
  const tokens = [...source.matchAll(/\s*(?:'((?:[^']|'')*)'|([A-Za-z_][\w]*)|([()[\],.]))/gy)]
  if (tokens.map(([text]) => text).join('') !== source.trimEnd())
    throw new Error(`not an expression: ${source}`)
  let at = 0
  const mark = (): string | undefined => tokens[at]?.[3]
  const expect = (wanted: string) => {
    if (mark() !== wanted) throw new Error(`expected ${wanted}: ${source}`)
    at++
  }
  const value = (): Value => {
    const token = tokens[at++]
    if (token?.[1] !== undefined) return token[1].replaceAll("''", "'")
    const name = token?.[2]
    if (name === undefined) throw new Error(`expected a value: ${source}`)
    return mark() === '(' ? call(name) : path(name)
  }
  const call = (name: string): Value => {
    expect('(')
    const given: Value[] = []
    while (mark() !== ')') {
      if (given.length > 0) expect(',')
      given.push(value())
    }
    expect(')')
    return apply(name, given, status)
  }
  const path = (first: string): Value => {
    const parts = [first]
    while (mark() === '.' || mark() === '[') {
      const isIndex = tokens[at++]?.[3] === '['
      const token = tokens[at++]
      parts.push((isIndex ? token?.[1] : token?.[2]) ?? '')
      if (isIndex) expect(']')
    }
    return names(parts)
  }
  const result = value()
  if (at < tokens.length) throw new Error(`more than an expression: ${source}`)
  return result
}

function apply(
  name: string,
  given: readonly Value[],
  status: { readonly failed: boolean } | undefined,
): Value {
  const isSame = (a: Value, b: Value) => String(a ?? '').toLowerCase() === String(b ?? '').toLowerCase()
  const isTrue = (one: Value) =>
    one === true || (typeof one === 'string' && one !== '' && one.toLowerCase() !== 'false')
  const [first, ...others] = given
  switch (name) {
    case 'eq':
      return isSame(first, others[0])
    case 'ne':
      return !isSame(first, others[0])
    case 'in':
      return others.some((one) => isSame(first, one))
    case 'and':
      return given.every(isTrue)
    case 'iif':
      return isTrue(first) ? others[0] : others[1]
    case 'replace':
      return String(first ?? '').replaceAll(String(others[0]), String(others[1]))
    case 'succeeded':
      if (!status) break
      return !status.failed
    case 'succeededOrFailed':
      if (!status) break
      return true
  }
  throw new Error(`no function ${name} here`)
}
