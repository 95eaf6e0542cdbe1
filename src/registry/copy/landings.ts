import { sameRepository } from '../../oci/index.ts'
import type { Digest, Repository } from '../../oci/index.ts'

/** How a blob came to be at the destination. */
export type Landed = 'sent' | 'mounted' | 'present'

interface Landing {
  readonly repository: Repository
  readonly done: Promise<Landed>
}

/**
 * Who brings which blob to one registry, across all copies of a client: the first one sends it, the others wait
 * and mount what has landed. A blob shared by hundreds of applications travels once.
 */
export class Landings {
  readonly #leaders = new Map<Digest, Landing>()

  /** @param put sends the blob; with a repository it tries to mount it from there first */
  async land(
    digest: Digest,
    repository: Repository,
    put: (mountFrom?: Repository) => Promise<Landed>,
  ): Promise<Landed> {
    const leader = this.#leaders.get(digest)
    const landed = leader && (await leader.done.catch(() => undefined))
    if (!leader || !landed) return this.#lead(digest, repository, put)
    return sameRepository(leader.repository, repository) ? 'present' : put(leader.repository)
  }

  #lead(digest: Digest, repository: Repository, put: () => Promise<Landed>): Promise<Landed> {
    const done = put()
    this.#leaders.set(digest, { repository, done })
    return done
  }
}
