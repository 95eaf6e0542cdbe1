import { fail, isFailure } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import type { GitBranch } from './git-branch.ts'
import { git } from './git-command.ts'
import { fetchFailure, said } from './git-failure.ts'

/** `lost`: another writer was faster. `unknown`: the connection broke, the commit may be there. */
export type PushResult =
  | { readonly state: 'landed' }
  | { readonly state: 'lost' | 'unknown'; readonly why: string }

// How servers word a lost race. `failed to update ref` is what git-http-backend says to the slower of two at once;
// `shallow update not allowed` that our parent is gone, because the branch was rewritten.
const LOST =
  /non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value provided|failed to update ref|reference already exists|needs force|shallow update not allowed/i
const CHECKED_OUT = /currently checked out|Working directory has|refusing to update checked out branch/i

/**
 * Pushes one commit to the branch, never by force.
 * @throws GIT_DIRTY, PUSH_DENIED, GIT_DENIED
 */
export async function pushCommit(branch: GitBranch, commit: string): Promise<PushResult> {
  const options = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--recurse-submodules=no']
  const pushed = await git(branch, ['push', ...options, 'origin', `${commit}:refs/heads/${branch.branch}`])
  if (pushed.code === 0) return { state: 'landed' }
  const rejection = pushed.stdout
    .toString('utf8')
    .split('\n')
    .find((line) => line.startsWith('!'))
  if (rejection === undefined) return unanswered(branch, pushed.stderr)
  const why = rejection.slice(rejection.indexOf('[')).trim()
  const all = `${why}\n${pushed.stderr}`
  if (CHECKED_OUT.test(all)) throw dirty(branch, why)
  if (LOST.test(why)) return { state: 'lost', why }
  // "remote failed to report status": the server died after it had the pack.
  if (/remote failed to report status|atomic transaction failed/i.test(why)) return { state: 'unknown', why }
  throw fail(deliveryErrors.PUSH_DENIED, {
    message: `${branch.address.shown} refused the commit on ${branch.branch}: ${said(all)}`,
    where: branch.address.shown,
  })
}

function unanswered(branch: GitBranch, stderr: string): PushResult {
  const failure = fetchFailure(stderr, branch.address.shown, branch.branch)
  if (isFailure(failure, deliveryErrors.GIT_DENIED)) throw failure
  return { state: 'unknown', why: said(stderr) }
}

function dirty(branch: GitBranch, why: string) {
  return fail(deliveryErrors.GIT_DIRTY, {
    message: `${branch.address.shown} is a working copy with ${branch.branch} checked out; git refused the push: ${said(why)}`,
    where: branch.address.shown,
  })
}
