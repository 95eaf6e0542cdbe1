import { isAbsolute, relative, resolve } from 'node:path'

/** A file as the pages of a repository name it: from its root when it is inside, else as it is. */
export function sourcePath(file: string, root: string | undefined, cwd: string): string {
  if (!root) return file
  const path = relative(root, resolve(cwd, file))
  return path.startsWith('..') || isAbsolute(path) ? file : path.replaceAll('\\', '/')
}
