import { fail } from '../base/index.ts'
import { shortDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'
import { deliveryErrors } from './errors.ts'
import type { GitBranch } from './git-branch.ts'
import { readPlace } from './git-files.ts'
import type { GitFile } from './git-files.ts'
import type { DeliverOrder } from './order.ts'
import type { Place } from './place.ts'

/** What one commit makes of an order: the digests that stood there, all files read, and those that change. */
export interface Edit {
  readonly found: readonly (Digest | undefined)[]
  readonly before: readonly GitFile[]
  readonly files: readonly GitFile[]
}

/**
 * Reads a place in a commit and puts the image in. `seen` is what an earlier try found there.
 * @throws TARGET_CHANGED, PATH_ESCAPES, LOCATOR_NOT_FOUND, …
 */
export async function editAt(
  branch: GitBranch,
  commit: string,
  place: Place,
  order: DeliverOrder,
  seen?: readonly (Digest | undefined)[],
): Promise<Edit> {
  const before = await readPlace(branch, commit, place)
  const found = await place.read(before)
  refuseThird(place, found, order, seen)
  const modes = new Map(before.map(({ path, mode }) => [path, mode]))
  const texts = new Map(before.map(({ path, text }) => [path, text]))
  const after = await place.write(before, order)
  const files = after
    .filter(({ path, text }) => texts.get(path) !== text)
    .map((file) => ({ ...file, mode: modes.get(file.path) ?? '100644' }))
  return { found, before, files }
}

// Compare-and-set: what stands there must be what the order knows, or what an earlier try saw.
function refuseThird(
  place: Place,
  found: readonly (Digest | undefined)[],
  order: DeliverOrder,
  seen: readonly (Digest | undefined)[] | undefined,
): void {
  const expected = order.expected ? [order.expected] : seen
  if (!expected) return
  const third = found.find(
    (digest) => digest !== undefined && digest !== order.digest && !expected.includes(digest),
  )
  if (third === undefined) return
  const known = expected.flatMap((digest) => (digest ? [shortDigest(digest)] : [])).join(', ') || 'no digest'
  throw fail(deliveryErrors.TARGET_CHANGED, {
    message: `Found ${third} in ${place.path}, expected ${known} or the new ${shortDigest(order.digest)}.`,
    where: place.path,
    detail: { found: third },
  })
}
