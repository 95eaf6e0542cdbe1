import type { GitBranch } from './git-branch.ts'
import { BASE, fetchHead } from './git-branch.ts'
import { git } from './git-command.ts'

/** How far back Waybill looks for a commit of its own, and for the commit it started from. */
const LOOK_BACK = 50

export interface HistoryEntry {
  readonly commit: string
  readonly message: string
}

/** The newest commits of the branch as fetched, newest first. */
export async function recentCommits(branch: GitBranch): Promise<readonly HistoryEntry[]> {
  const log = await git(branch, ['log', '-z', `--max-count=${LOOK_BACK}`, '--format=%H%n%B', BASE])
  const entries = log.stdout.toString('utf8').split('\0').filter(Boolean)
  return entries.map((entry) => {
    const at = entry.indexOf('\n')
    return { commit: entry.slice(0, at), message: entry.slice(at + 1) }
  })
}

/** Fetches enough history to look back; the head it returns may be newer than before. */
export function fetchHistory(branch: GitBranch): Promise<string> {
  return fetchHead(branch, LOOK_BACK)
}

/** True when the commit is the fetched head or an ancestor of it, as far back as was fetched. */
export async function contains(branch: GitBranch, commit: string): Promise<boolean> {
  const found = await git(branch, ['merge-base', '--is-ancestor', commit, BASE])
  return found.code === 0
}
