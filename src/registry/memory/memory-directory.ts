import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'

/**
 * Where Waybill remembers things between runs: `WAYBILL_CACHE`, else `waybill` in the user's cache folder. undefined
 * with `WAYBILL_CACHE=off`, and when there is no home to keep it in.
 */
export function memoryDirectory({
  WAYBILL_CACHE,
  XDG_CACHE_HOME,
  HOME,
}: NodeJS.ProcessEnv): string | undefined {
  if (WAYBILL_CACHE) return WAYBILL_CACHE === 'off' ? undefined : resolve(WAYBILL_CACHE)
  const caches = [XDG_CACHE_HOME, HOME && join(HOME, '.cache')].find((path) => path && isAbsolute(path))
  // A home that does not exist is not made.
  return caches && existsSync(dirname(caches)) ? join(caches, 'waybill') : undefined
}
