import type { Program } from './program.ts'

/** What every program may need to run and to reach the network as this machine does. A proxy's password is let through. */
const PLAIN = [
  'PATH',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
]

/**
 * The environment of a scanner: no token, key or login of the job. Scanners have been turned into thieves of exactly
 * those (CVE-2026-33634). `home` is an empty folder, so that they find no configuration of the person who runs them;
 * caches stay where they are, or a database would be fetched each time.
 */
export function scrubbedEnvironment(
  program: Program,
  env: NodeJS.ProcessEnv,
  home: string,
): NodeJS.ProcessEnv {
  const names = [...PLAIN, ...program.sees]
  const kept = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]))
  const cache = env.XDG_CACHE_HOME ?? (env.HOME ? `${env.HOME}/.cache` : `${home}/.cache`)
  return { ...Object.fromEntries(kept), HOME: home, XDG_CACHE_HOME: cache, ...program.env }
}
