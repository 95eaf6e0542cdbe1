import { fail, isFailure, printableLine, retryAfter, retrying } from '../base/index.ts'
import type { Digest } from '../oci/index.ts'
import { carriesOrder, commitMessage } from './commit-message.ts'
import { editAt } from './edit-at.ts'
import { deliveryErrors } from './errors.ts'
import { fetchHead } from './git-branch.ts'
import type { GitBranch } from './git-branch.ts'
import { writeCommit } from './git-commit.ts'
import { contains, fetchHistory, recentCommits } from './git-history.ts'
import { pushCommit } from './git-push.ts'
import type { GitOptions, DeliverOrder } from './order.ts'
import type { Place } from './place.ts'
import type { DeliverTarget } from './schema.ts'

// Ten racing writers needed sixteen tries at worst.
const TRIES = 24
const LONGEST_WAIT = 3_000

/** The commit that carries a digest, and what it changed. */
export interface Commit {
  readonly commit: string
  readonly changed: readonly string[]
}

/** One digest on its way into git, and what earlier tries saw and sent. */
export interface Job {
  readonly target: DeliverTarget
  readonly place: Place
  readonly order: DeliverOrder
  readonly options: GitOptions
  found?: readonly (Digest | undefined)[]
  sent?: Commit
  /** A head of the branch at which it was done. */
  seenAt?: string
  /** How it ended. */
  end?: PromiseSettledResult<Commit>
}

/** What is remembered of the branch from try to try. */
interface Memory {
  base?: string
  /** The last push had no answer. */
  unanswered?: boolean
}

/**
 * One commit for each job, one push for all. What is there already is left alone; a job whose edit cannot be made
 * fails alone. A lost race fetches again and repeats the edits, not their text, and never forces. Every job has its
 * `end` afterwards.
 */
export async function deliverTogether(branch: GitBranch, jobs: readonly Job[]): Promise<void> {
  const memory: Memory = {}
  const retry = { attempts: TRIES, firstWait: 100, longestWait: LONGEST_WAIT, signal: branch.signal }
  try {
    await retrying((attempt) => tryOnce(branch, jobs, memory, attempt), retry)
  } catch (reason) {
    for (const job of jobs) job.end ??= { status: 'rejected', reason }
  }
}

async function tryOnce(branch: GitBranch, jobs: readonly Job[], memory: Memory, attempt: number) {
  const head = await freshHead(branch, memory)
  let parent = head
  const written: Job[] = []
  for (const job of jobs.filter(({ end }) => end === undefined)) {
    try {
      const commit = await commitOn(branch, parent, job)
      if (commit) written.push(job)
      else job.end = { status: 'fulfilled', value: await alreadyThere(branch, head, job) }
      if (!commit && parent === head) job.seenAt = head
      parent = commit ?? parent
    } catch (reason) {
      branch.signal?.throwIfAborted()
      // The connection, not the edit: all of it is tried again.
      if (isFailure(reason) && reason.retryable) throw reason
      job.end = { status: 'rejected', reason }
    }
  }
  if (written.length === 0) return
  const pushed = await pushCommit(branch, parent)
  memory.unanswered = pushed.state === 'unknown'
  if (pushed.state !== 'landed') throw again(branch, pushed.state, pushed.why, attempt)
  const [only] = written
  if (only && written.length === 1) only.seenAt = parent
  for (const job of written) if (job.sent) job.end = { status: 'fulfilled', value: job.sent }
}

/** One commit with the job's edit on top of `parent`; undefined when nothing has to change. */
async function commitOn(branch: GitBranch, parent: string, job: Job): Promise<string | undefined> {
  const { place, order, options } = job
  const { found, files } = await editAt(branch, parent, place, order, job.found)
  job.found = found
  if (files.length === 0) return undefined
  const previous = found.find((digest) => digest !== undefined && digest !== order.digest)
  const message = commitMessage(order, previous)
  const commit = await writeCommit(branch, { parent, files, message }, options)
  job.sent = { commit, changed: files.map((file) => file.path) }
  return commit
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

async function alreadyThere(branch: GitBranch, head: string, { sent, order }: Job): Promise<Commit> {
  if (sent && (await contains(branch, sent.commit))) return sent
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
