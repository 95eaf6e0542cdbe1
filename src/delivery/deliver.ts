import { fail, isFailure, printableLine, retryAfter, retrying } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import { carriesOrder, commitMessage } from './commit-message.ts'
import { editAt } from './edit-at.ts'
import { deliveryErrors } from './errors.ts'
import { fetchHead, withBranch } from './git-branch.ts'
import type { GitBranch } from './git-branch.ts'
import { writeCommit } from './git-commit.ts'
import { contains, fetchHistory, recentCommits } from './git-history.ts'
import { pushCommit } from './git-push.ts'
import type { DeliveryResult, DeliverOptions, DeliverOrder } from './order.ts'
import type { Place } from './place.ts'
import { placeOf } from './place-of.ts'
import type { DeliverTarget } from './schema.ts'

// Ten racing writers needed sixteen tries at worst.
const TRIES = 24
const LONGEST_WAIT = 3_000

/** What earlier tries of one delivery saw and sent. */
interface Memory {
  base?: string
  found?: readonly (Digest | undefined)[]
  sent?: { readonly commit: string; readonly changed: readonly string[] }
  /** The last push had no answer. */
  unanswered?: boolean
}

/**
 * Puts the digest into git with one commit and pushes it. Safe to run again: what is there already is left alone.
 * A lost race fetches again and repeats the edit, not the text of the edit, and never forces.
 * @throws every code of `deliveryErrors`
 */
export async function deliver(
  target: DeliverTarget,
  order: DeliverOrder,
  options: DeliverOptions,
): Promise<DeliveryResult> {
  const place = placeOf(target, order)
  const memory: Memory = {}
  const retry = { attempts: TRIES, firstWait: 100, longestWait: LONGEST_WAIT, signal: options.signal }
  return withBranch(place, options, async (branch) => {
    const done = await retrying((attempt) => tryOnce(branch, place, order, options, memory, attempt), retry)
    return { target: place.kind, repository: branch.address.shown, branch: place.branch, ...done }
  })
}

/** The same edit without commit and push: each file before and after. @throws as `deliver` */
export async function previewDelivery(
  target: DeliverTarget,
  order: DeliverOrder,
  options: DeliverOptions,
): Promise<{ target: string; changed: readonly { path: string; before: string; after: string }[] }> {
  const place = placeOf(target, order)
  return withBranch(place, options, async (branch) => {
    const { before, files } = await editAt(branch, await fetchHead(branch), place, order)
    const old = (path: string) => before.find((file) => file.path === path)?.text ?? ''
    return {
      target: place.kind,
      changed: files.map(({ path, text }) => ({ path, before: old(path), after: text })),
    }
  })
}

async function tryOnce(
  branch: GitBranch,
  place: Place,
  order: DeliverOrder,
  options: DeliverOptions,
  memory: Memory,
  attempt: number,
) {
  const parent = await freshHead(branch, memory)
  const { found, files } = await editAt(branch, parent, place, order, memory.found)
  memory.found = found
  if (files.length === 0) return alreadyThere(branch, parent, order, memory)
  const previous = found.find((digest) => digest !== undefined && digest !== order.digest)
  const commit = await writeCommit(
    branch,
    { parent, files, message: commitMessage(order, previous) },
    options,
  )
  const changed = files.map((file) => file.path)
  memory.sent = { commit, changed }
  const pushed = await pushCommit(branch, commit)
  if (pushed.state === 'landed') return { commit, changed }
  memory.unanswered = pushed.state === 'unknown'
  throw again(branch, pushed.state, pushed.why, attempt)
}

async function freshHead(branch: GitBranch, memory: Memory): Promise<string> {
  try {
    const head = memory.base === undefined ? await fetchHead(branch) : await fetchHistory(branch)
    if (memory.base !== undefined && !(await contains(branch, memory.base)))
      throw diverged(branch, memory.base)
    memory.base = head
    return head
  } catch (cause) {
    if (!memory.unanswered || !isFailure(cause, deliveryErrors.GIT_UNREACHABLE)) throw cause
    throw again(branch, 'unknown', cause.message, TRIES, cause)
  }
}

async function alreadyThere(branch: GitBranch, head: string, order: DeliverOrder, memory: Memory) {
  if (memory.sent && (await contains(branch, memory.sent.commit))) return memory.sent
  const commit = (await ourCommit(branch, order)) ?? head
  return { commit, changed: [] }
}

async function ourCommit(branch: GitBranch, order: DeliverOrder): Promise<string | undefined> {
  const ours = async () =>
    (await recentCommits(branch)).find(({ message }) => carriesOrder(message, order))?.commit
  const shallow = await ours()
  if (shallow !== undefined) return shallow
  await fetchHistory(branch)
  return ours()
}

function again(branch: GitBranch, state: 'lost' | 'unknown', why: string, attempt: number, cause?: unknown) {
  const code = state === 'lost' ? deliveryErrors.PUSH_RACE : deliveryErrors.PUSH_OUTCOME_UNKNOWN
  const error = fail(code, {
    message: `The push to ${branch.branch} of ${branch.address.shown} did not land at try ${attempt} of ${TRIES}: ${printableLine(why)}`,
    where: branch.address.shown,
    ...(cause !== undefined && { cause }),
  })
  // Full jitter: writers that lost together must not try together again.
  retryAfter.set(error, Math.random() * Math.min(LONGEST_WAIT, 100 * 2 ** attempt))
  return error
}

function diverged(branch: GitBranch, base: string) {
  return fail(deliveryErrors.GIT_DIVERGED, {
    message: `Branch ${branch.branch} of ${branch.address.shown} no longer contains ${base.slice(0, 12)}, which was its head a moment ago.`,
    where: branch.address.shown,
  })
}
