import { fail, timestamp } from '../base/index.ts'
import { run } from '../base/command.ts'
import { toolsErrors } from './errors.ts'
import { sourceUrl } from './source-url.ts'

/** What git says about a working copy. */
export interface GitFacts {
  /** The commit that is checked out, in full. */
  readonly commit: string
  /** `refs/heads/…`; absent when HEAD is detached, as CI systems leave it. */
  readonly ref?: string
  readonly branch?: string
  /** E-mail of the commit's author as written in the commit: no mailmap, which the repository controls. */
  readonly author?: string
  /** Committer date, RFC 3339 in UTC. */
  readonly committedOn: string
  /** Something in the working copy is not as committed, or is new and not ignored. */
  readonly dirty: boolean
  /** `origin` as an https address without credentials; absent when there is none or it is a local path. */
  readonly remote?: string
}

/**
 * Reads the facts of the git working copy that holds `directory`. Works in shallow clones.
 * @throws SOURCE_UNREADABLE when it is no working copy, has no commit, or git refuses it
 */
export async function gitFacts(
  directory: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<GitFacts> {
  const ask = quietGit(directory, env, signal)
  const git = (args: readonly string[], accept: readonly number[] = [0]) => ask(args, { accept })
  const shown = await git(['log', '-1', '--no-show-signature', '--format=%H%n%ct%n%ae', 'HEAD'])
  const [commit = '', committed = '', author = ''] = shown.split('\n')
  const ref = await git(['symbolic-ref', '--quiet', 'HEAD'], [0, 1])
  const origin = await git(['config', '--get', 'remote.origin.url'], [0, 1])
  const remote = sourceUrl(origin)
  const changes = await git(['status', '--porcelain', '--untracked-files=normal', '--ignore-submodules=none'])
  return {
    commit,
    ...(ref && { ref }),
    ...(ref.startsWith('refs/heads/') && { branch: ref.slice('refs/heads/'.length) }),
    ...(author && { author }),
    committedOn: timestamp(new Date((Number(committed) || 0) * 1000)),
    dirty: changes !== '',
    ...(remote && { remote }),
  }
}

/** The commit a branch or tag is at, in full; undefined when git knows none of that name, or there is no git. */
export async function commitOfRef(
  directory: string,
  name: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const git = quietGit(directory, env, signal)
  const short = name.replace(/^refs\/(?:heads|tags)\//, '')
  for (const place of ['tags', 'heads', 'remotes/origin']) {
    const asked = `refs/${place}/${short}^{commit}`
    const found = await git(['rev-parse', '--verify', '--quiet', asked], { accept: [0, 1, 128] }).catch(
      () => '',
    )
    signal?.throwIfAborted()
    if (/^[0-9a-f]{40,64}$/.test(found)) return found
  }
  return undefined
}

// GIT_DIR and its kin, as git sets them for hooks, would answer for another repository than the one asked about.
const REDIRECTS = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_COMMON_DIR',
  'GIT_PREFIX',
]
// A partial clone would go and fetch what it is only asked about.
const QUIET = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' }
// A repository's own settings must not run programs while we only look.
const SAFE = [
  '--no-replace-objects',
  ...['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'protocol.ext.allow=never'].flatMap((setting) => [
    '-c',
    setting,
  ]),
]

interface AskOptions {
  readonly accept?: readonly number[]
  readonly input?: string
  /** Milliseconds. */
  readonly timeout?: number
}

/** Asks the system's git about the repository around a folder. What it throws is SOURCE_UNREADABLE. */
export function quietGit(cwd: string, env: NodeJS.ProcessEnv, signal: AbortSignal | undefined) {
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !REDIRECTS.includes(name)))
  return async (args: readonly string[], options: AskOptions = {}): Promise<string> => {
    try {
      const given = { cwd, env: { ...clean, ...QUIET }, signal, timeout: 120_000, ...options }
      const { stdout } = await run('git', [...SAFE, ...args], given)
      return stdout.toString('utf8').trim()
    } catch (cause) {
      signal?.throwIfAborted()
      throw fail(toolsErrors.SOURCE_UNREADABLE, {
        message: inWords((cause as Error).message),
        where: cwd,
        cause,
      })
    }
  }
}

function inWords(said: string): string {
  if (/not a git repository/.test(said)) return 'Found no git repository around this folder.'
  if (/unknown revision|ambiguous argument 'HEAD'|Needed a single revision/.test(said))
    return 'Found a git repository without any commit.'
  return `Git could not answer: ${said}`
}
