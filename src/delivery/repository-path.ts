import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'

/**
 * A path inside a git repository, cleaned: no `./`, no trailing `/`; the root is `.`.
 * @throws PATH_ESCAPES for an absolute path, `..`, `.git`, or characters git would have to quote
 */
export function repositoryPath(text: string): string {
  const parts = text.split('/').filter((part, index) => part !== '.' && (part !== '' || index === 0))
  const bad = parts.find((part) => part === '..' || part.toLowerCase() === '.git')
  if (bad !== undefined) throw escapes(text, `it contains ${bad}`)
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text)) throw escapes(text, 'it is absolute')
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f"\\]/.test(text))
    throw escapes(text, 'it has a quote, backslash or control character')
  return parts.filter((part) => part !== '').join('/') || '.'
}

/** @returns the error for a path that leaves the repository */
export function escapes(path: string, why: string) {
  return fail(deliveryErrors.PATH_ESCAPES, {
    message: `Found the path "${path}": ${why}; expected a path inside the repository.`,
    where: path,
  })
}
