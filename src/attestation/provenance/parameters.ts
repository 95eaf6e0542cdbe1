import { isObject } from '../../base/index.ts'

const MOST = 5_000

/**
 * Parameters by path, as text: `{ workflow: { path: 'x' } }` → `{ 'workflow.path': 'x' }`; lists and empty objects as
 * JSON. undefined when two of them would get one path, so that neither can hide the other, or when there are too many.
 */
export function flatParameters(
  external: Readonly<Record<string, unknown>>,
): Record<string, string> | undefined {
  const found = new Map<string, string>()
  const walk = (value: unknown, path: string): boolean => {
    if (isObject(value) && Object.keys(value).length > 0)
      return Object.entries(value).every(([key, inner]) => walk(inner, path === '' ? key : `${path}.${key}`))
    if (found.has(path) || found.size >= MOST) return false
    found.set(path, typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
    return true
  }
  if (Object.keys(external).length === 0) return {}
  return walk(external, '') ? Object.fromEntries(found) : undefined
}
