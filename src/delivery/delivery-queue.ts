import { deliverTogether } from './deliver-together.ts'
import type { Job } from './deliver-together.ts'
import { gitAddress } from './git-address.ts'
import { fetchHead, withBranch } from './git-branch.ts'
import type { GitBranch } from './git-branch.ts'
import type { GitOptions } from './order.ts'
import type { Place } from './place.ts'

interface Look {
  readonly see: (branch: GitBranch, head: string) => Promise<void>
  readonly fail: (error: unknown) => void
}

/** What waits for one branch. */
interface Batch {
  readonly place: Place
  readonly options: GitOptions
  readonly looks: Look[]
  readonly jobs: Job[]
  readonly done: PromiseWithResolvers<void>
}

/**
 * Many deliveries of one process: those to the same branch do not race each other. While one batch is under way the
 * others wait, and what waits together is fetched once and pushed once.
 */
export class DeliveryQueue {
  readonly #waiting = new Map<string, Batch>()
  readonly #busy = new Set<string>()

  /** Comes back when the job has its `end`. */
  async deliver(job: Job): Promise<void> {
    const batch = this.#join(job.place, job.options)
    batch.jobs.push(job)
    await batch.done.promise
  }

  /** Shows the branch as it is now. `work` must only read. */
  look<T>(
    place: Place,
    options: GitOptions,
    work: (branch: GitBranch, head: string) => Promise<T>,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const see = (branch: GitBranch, head: string) => work(branch, head).then(resolve, reject)
    this.#join(place, options).looks.push({ see, fail: reject })
    return promise
  }

  #join(place: Place, options: GitOptions): Batch {
    const key = `${gitAddress(place.repository, options.directory).location} ${place.branch}`
    const open = this.#waiting.get(key)
    if (open) return open
    const batch: Batch = { place, options, looks: [], jobs: [], done: Promise.withResolvers() }
    this.#waiting.set(key, batch)
    if (!this.#busy.has(key)) void this.#work(key)
    return batch
  }

  async #work(key: string): Promise<void> {
    this.#busy.add(key)
    // Whoever asks in the same moment comes along.
    await Promise.resolve()
    for (let batch = this.#waiting.get(key); batch; batch = this.#waiting.get(key)) {
      this.#waiting.delete(key)
      await carryOut(batch)
    }
    this.#busy.delete(key)
  }
}

async function carryOut({ place, options, looks, jobs, done }: Batch): Promise<void> {
  try {
    await withBranch(place, options, async (branch) => {
      if (looks.length > 0) {
        const head = await fetchHead(branch)
        for (const { see } of looks) await see(branch, head)
      }
      if (jobs.length > 0) await deliverTogether(branch, jobs)
    })
  } catch (reason) {
    for (const { fail } of looks) fail(reason)
    for (const job of jobs) job.end ??= { status: 'rejected', reason }
  }
  done.resolve()
}
