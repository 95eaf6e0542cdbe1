import { AsyncLocalStorage } from 'node:async_hooks'

/** Requests of one piece of work among many that share a client. */
export interface RequestTally {
  requests: number
}

const current = new AsyncLocalStorage<RequestTally>()

/** Does `work`; every request that it makes, however deep inside, counts in its tally too. */
export function tallied<T>(tally: RequestTally, work: () => Promise<T>): Promise<T> {
  return current.run(tally, work)
}

/** The tally of the work that is being done here, if somebody wants one. */
export function tallyHere(): RequestTally | undefined {
  return current.getStore()
}
