import { fail } from '../../base/index.ts'
import { toolsErrors } from '../errors.ts'
import { quietGit } from '../git.ts'

/** The commits that are looked at. */
export interface History {
  /** Absolute. */
  readonly gitDirectory: string
  /** Arguments of `git log`. */
  readonly logOptions: string
  /** For people and evidence: `4f2a91c..7e4f9a1`, or every commit up to one. */
  readonly commits: string
}

/**
 * The history of the commit that is checked out: all of it, or what its branch adds to the base branch.
 * @throws SOURCE_SHALLOW when the clone does not have it, SOURCE_UNREADABLE
 */
export async function historyOf(
  directory: string,
  want: 'all' | 'branch',
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<History> {
  const git = quietGit(directory, env, signal)
  const head = await git(['rev-parse', 'HEAD'])
  const gitDirectory = await git(['rev-parse', '--absolute-git-dir'])
  const isShallow = (await git(['rev-parse', '--is-shallow-repository'])) === 'true'
  if (isShallow && want === 'all') throw shallow('the whole history is to be looked at', directory)
  if (want === 'all')
    return { gitDirectory, logOptions: `--full-history ${head}`, commits: `every commit up to ${head}` }
  const from = await branchStart(git, head, env)
  if (from === undefined && isShallow) throw shallow('where its branch begins is not in it', directory)
  const range = from === undefined ? head : `${from}..${head}`
  return { gitDirectory, logOptions: `--full-history ${range}`, commits: range }
}

type Git = ReturnType<typeof quietGit>

/** Where the branch left its base; on the base itself, the commit before. undefined: there is none. */
async function branchStart(git: Git, head: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const base = await baseRef(git, env)
  const start = base && (await git(['merge-base', base, head], { accept: [0, 1] }))
  if (start && start !== head) return start
  return (await git(['rev-parse', '--verify', '--quiet', `${head}^1`], { accept: [0, 1] })) || undefined
}

// Of pull requests, on GitHub, Azure DevOps, GitLab and Jenkins.
const BASES = [
  'GITHUB_BASE_REF',
  'SYSTEM_PULLREQUEST_TARGETBRANCH',
  'CI_MERGE_REQUEST_TARGET_BRANCH_NAME',
  'CHANGE_TARGET',
]

async function baseRef(git: Git, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const named = BASES.map((name) => env[name])
    .find(Boolean)
    ?.replace(/^refs\/heads\//, '')
  const origin = await git(['symbolic-ref', '--quiet', 'refs/remotes/origin/HEAD'], { accept: [0, 1] })
  const candidates = named
    ? [`refs/remotes/origin/${named}`, `refs/heads/${named}`]
    : [origin, 'refs/remotes/origin/main', 'refs/heads/main'].filter(Boolean)
  for (const ref of candidates)
    if (await git(['rev-parse', '--verify', '--quiet', ref], { accept: [0, 1] })) return ref
  return undefined
}

function shallow(why: string, where: string) {
  return fail(toolsErrors.SOURCE_SHALLOW, { message: `The clone is shallow, and ${why}.`, where })
}
