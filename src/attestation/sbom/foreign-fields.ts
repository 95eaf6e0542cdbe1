import { isObject } from '../../base/index.ts'

export type JsonObject = Readonly<Record<string, unknown>>

/** A field's text; undefined when it is no text or an empty one. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** For comparing with known words: a field that is no text is none of them. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** The objects of a list; what is none is left out. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((entry) => isObject(entry)) : []
}

/** One text or a list of them. */
export function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((entry) => textOf(entry) !== undefined) as string[]
}

export function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

/** `name version`; undefined without a name. */
export function nameAndVersion({ name, version }: JsonObject): string | undefined {
  const known = textOf(name)
  return known && [known, textOf(version)].filter(Boolean).join(' ')
}

export function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))]
}
