import { evaluate } from './azure-expressions.ts'
import type { Names } from './azure-expressions.ts'
import { listOf, only, textOf } from './strict.ts'
import type { Fields } from './strict.ts'

/** Parameters of a run: what was given, else their defaults. @throws on what Azure would not let anybody start */
export function parametersOf(
  definitions: unknown,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const known = listOf(definitions).map((one) =>
    only(one, ['name', 'displayName', 'type', 'values', 'default'], 'parameter'),
  )
  only(
    given,
    known.map(({ name }) => textOf(name)),
    'parameters',
  )
  return Object.fromEntries(
    known.map(({ name, values, default: fallback }) => {
      const value = given[textOf(name)] ?? fallback
      if (value === undefined) throw new Error(`parameter ${textOf(name)} is missing`)
      if (values !== undefined && !listOf(values).includes(value))
        throw new Error(`${textOf(name)}: no such value`)
      return [textOf(name), textOf(value)]
    }),
  )
}

/** A file with its `${{ }}` carried out, before anything runs. */
export function expanded(value: unknown, parameters: Readonly<Record<string, string>>): unknown {
  const names: Names = ([root = '', name = '', ...more]) => {
    if (root !== 'parameters' || more.length > 0 || !Object.hasOwn(parameters, name))
      throw new Error(`no ${root}.${name}`)
    return parameters[name]
  }
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string')
      return one.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, source: string) =>
        textOf(evaluate(source.trim(), names)),
      )
    if (Array.isArray(one)) return one.flatMap((item) => inserted(item) ?? [walk(item)])
    if (typeof one !== 'object' || one === null) return one
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]))
  }
  const inserted = (item: unknown): readonly unknown[] | undefined => {
    const entries = typeof item === 'object' && item !== null ? Object.entries(item as Fields) : []
    for (const [key, inner] of entries) {
      const condition = /^\$\{\{ if (.*) \}\}$/.exec(key)?.[1]
      if (condition !== undefined)
        return evaluate(condition, names) === true ? (walk(inner) as readonly unknown[]) : []
    }
    return undefined
  }
  return walk(value)
}
