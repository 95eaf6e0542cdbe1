import { deliverTogether } from './deliver-together.ts'
import type { Job } from './deliver-together.ts'
import type { DeliveryQueue } from './delivery-queue.ts'
import { editAt } from './edit-at.ts'
import { gitAddress } from './git-address.ts'
import { fetchHead, withBranch } from './git-branch.ts'
import type { GitBranch } from './git-branch.ts'
import type { DeliveryResult, DeliverOrder, GitOptions } from './order.ts'
import { placeOf } from './place-of.ts'
import type { DeliverTarget } from './schema.ts'
import { rememberStanding, standingCommit } from './standing.ts'

export interface DeliverOptions extends GitOptions {
  /** Shared by many deliveries of one process, so that they do not race each other. */
  readonly queue?: DeliveryQueue
}

/**
 * Puts the digest into git with one commit and pushes it. Safe to run again: what is there already is left alone.
 * @throws every code of `deliveryErrors`
 */
export async function deliver(
  target: DeliverTarget,
  order: DeliverOrder,
  options: DeliverOptions,
): Promise<DeliveryResult> {
  const job: Job = { target, place: placeOf(target, order), order, options }
  const { place } = job
  const repository = gitAddress(place.repository, options.directory).shown
  const done = { target: place.kind, repository, branch: place.branch }
  // Deliveries in a queue share one look into the branch.
  const standing = options.queue ? undefined : await standingCommit(job)
  if (standing !== undefined) return { ...done, commit: standing, changed: [] }
  if (options.queue) await options.queue.deliver(job)
  else await withBranch(place, options, (branch) => deliverTogether(branch, [job]))
  if (job.end?.status !== 'fulfilled') throw job.end?.reason
  rememberStanding(job, job.end.value.commit)
  return { ...done, ...job.end.value }
}

/** The same edit without commit and push: each file before and after. @throws as `deliver` */
export async function previewDelivery(
  target: DeliverTarget,
  order: DeliverOrder,
  options: DeliverOptions,
): Promise<{ target: string; changed: readonly { path: string; before: string; after: string }[] }> {
  const place = placeOf(target, order)
  const edit = (branch: GitBranch, head: string) => editAt(branch, head, place, order)
  const { before, files } = options.queue
    ? await options.queue.look(place, options, edit)
    : await withBranch(place, options, async (branch) => edit(branch, await fetchHead(branch)))
  const old = (path: string) => before.find((file) => file.path === path)?.text ?? ''
  return {
    target: place.kind,
    changed: files.map(({ path, text }) => ({ path, before: old(path), after: text })),
  }
}
