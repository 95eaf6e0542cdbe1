import { fail } from '../../base/index.ts'
import type { Digest } from '../../oci/index.ts'
import { registryErrors } from '../errors.ts'
import { RemoteRepository } from '../remote/repository.ts'
import type { Piece } from './carrier.ts'
import type { Side } from './side.ts'

/**
 * Reads back what was written: the root, and that every referrer can be found. Another writer of a fallback tag may
 * have dropped some (nothing locks it), so those are written once more. @throws COPY_INCOMPLETE
 */
export async function verifyCopy(destination: Side, root: Digest, written: readonly Piece[]): Promise<void> {
  if (!(await destination.run((store) => store.manifest(root)))) throw incomplete(destination, root)
  const lost = await unlisted(destination, written)
  for (const { stored } of lost) await destination.run((store) => store.putManifest(stored))
  const [still] = await unlisted(destination, lost)
  if (still) throw incomplete(destination, still.stored.descriptor.digest)
}

/** Those that no list at the destination names. */
async function unlisted(destination: Side, referrers: readonly Piece[]): Promise<readonly Piece[]> {
  const bySubject = Map.groupBy(referrers, ({ stored }) => stored.manifest.subject?.digest)
  const groups = [...bySubject].map(async ([subject, group]) => {
    const listed = subject ? await listedAt(destination, subject) : new Set<Digest>()
    return group.filter(({ stored }) => !listed.has(stored.descriptor.digest))
  })
  return (await Promise.all(groups)).flat()
}

async function listedAt(destination: Side, subject: Digest): Promise<ReadonlySet<Digest>> {
  const entries = await destination.run((store) =>
    store instanceof RemoteRepository ? store.writtenReferrers(subject) : store.referrers(subject),
  )
  return new Set(entries.map(({ digest }) => digest))
}

function incomplete(destination: Side, digest: Digest) {
  return fail(registryErrors.COPY_INCOMPLETE, {
    message: `Destination ${destination.store.location}: ${digest} was written but is not to be found.`,
    where: destination.store.location,
    detail: { side: 'destination' },
  })
}
