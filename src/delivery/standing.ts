import { digestOf } from '../oci/index.ts'
import type { Job } from './deliver-together.ts'
import { gitAddress } from './git-address.ts'
import { remoteHead } from './git-branch.ts'

/**
 * The commit of a delivery that an earlier run left at the very commit that is the branch's head now: a commit never
 * changes, so it stands. One call of git; undefined = look into the branch.
 */
export async function standingCommit(job: Job): Promise<string | undefined> {
  const [head, commit] = job.options.remembered?.get(nameOf(job))?.split(' ') ?? []
  if (!head || !commit) return undefined
  return (await remoteHead(job.place, job.options)) === head ? commit : undefined
}

/** Keeps at which commit a delivery was seen to be done, when that was seen. */
export function rememberStanding(job: Job, commit: string): void {
  if (job.seenAt) job.options.remembered?.set(nameOf(job), `${job.seenAt} ${commit}`)
}

/** Says everything that decides what stands in git afterwards. */
function nameOf({ place, order, target, options }: Job): string {
  const { location } = gitAddress(place.repository, options.directory)
  return digestOf(JSON.stringify(['delivered 1', location, target, order]))
}
