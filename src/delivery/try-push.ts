import { fail } from '../base/index.ts'
import { deliveryErrors } from './errors.ts'
import { fetchHead, withBranch } from './git-branch.ts'
import { git } from './git-command.ts'
import { said } from './git-failure.ts'
import type { GitOptions } from './order.ts'

/**
 * May this branch be read and pushed to? A dry run offers what is there already; nothing is sent.
 * @throws BRANCH_MISSING, GIT_UNREACHABLE, GIT_DENIED, PUSH_DENIED
 */
export async function tryPush(
  place: { readonly repository: string; readonly branch: string },
  options: GitOptions,
): Promise<void> {
  await withBranch(place, options, async (branch) => {
    const head = await fetchHead(branch)
    const offer = `${head}:refs/heads/${branch.branch}`
    const asked = await git(branch, ['push', '--dry-run', '--no-verify', '--no-signed', 'origin', offer])
    if (asked.code === 0) return
    const where = branch.address.shown
    const message = `${where} does not take a push to ${branch.branch}: ${said(asked.stderr)}`
    throw fail(deliveryErrors.PUSH_DENIED, { message, where })
  })
}
