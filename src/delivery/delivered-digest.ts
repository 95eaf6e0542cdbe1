import { fail } from '../base/index.ts'
import type { Digest, Repository } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import { fetchHead, withBranch } from './git-branch.ts'
import { readPlace } from './git-files.ts'
import type { GitOptions } from './order.ts'
import { placeOf } from './place-of.ts'
import type { DeliverTarget } from './schema.ts'

/**
 * What git says now: the digest at the head of the branch, undefined when the place holds none.
 * @throws LOCATOR_AMBIGUOUS when several places hold different digests; LOCATOR_NOT_FOUND, GIT_UNREACHABLE, …
 */
export async function deliveredDigest(
  target: DeliverTarget,
  order: { readonly application: string; readonly repository: Repository },
  options: GitOptions,
): Promise<{ digest: Digest | undefined; what: string; commit: string }> {
  const place = placeOf(target, order)
  return withBranch(place, options, async (branch) => {
    const commit = await fetchHead(branch)
    const found = [...new Set(await place.read(await readPlace(branch, commit, place)))]
    const what = `${place.kind} ${place.path}`
    if (found.length < 2) return { digest: found[0], what, commit }
    throw fail(deliveryErrors.LOCATOR_AMBIGUOUS, {
      message: `Found ${found.map((digest) => digest ?? 'no digest').join(' and ')} in ${place.path}, expected one digest.`,
      where: place.path,
    })
  })
}
