import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { dirname, isAbsolute, join } from 'node:path'

/**
 * Keeps compiled code between runs, so that the second start is a fast one. In a folder of the user's own and not in
 * the shared temporary one, because what is read from there runs. NODE_COMPILE_CACHE names another folder,
 * NODE_DISABLE_COMPILE_CACHE=1 switches it off; without a home, or where it cannot be written, nothing is kept.
 */
export function keepCompiledCode({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): void {
  const caches = [XDG_CACHE_HOME, HOME && join(HOME, '.cache')].find((path) => path && isAbsolute(path))
  // A home that does not exist is not made. (Below /proc, Node would try that for ever.)
  if (caches && existsSync(dirname(caches))) enableCompileCache(join(caches, 'waybill'))
}
