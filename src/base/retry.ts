import { setTimeout as sleep } from 'node:timers/promises'
import { WaybillError } from './errors.ts'

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly attempts: number
  /** First wait in milliseconds; doubles, with jitter. */
  readonly firstWait: number
  /** No single wait is longer than this (milliseconds). */
  readonly longestWait: number
  readonly signal?: AbortSignal | undefined
}

export const defaultRetry: RetryOptions = { attempts: 5, firstWait: 200, longestWait: 60_000 }

/** The wait a server asked for (`Retry-After`), carried from transport to here in milliseconds. */
export const retryAfter = new WeakMap<WaybillError, number>()

/** Runs `work` again while it throws a retryable WaybillError. The one place that retries. */
export async function retrying<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof WaybillError) || !error.retryable || attempt >= options.attempts) throw error
      await sleep(waitBefore(error, attempt, options), undefined, { signal: options.signal })
    }
  }
}

function waitBefore(error: WaybillError, attempt: number, options: RetryOptions): number {
  const asked = retryAfter.get(error)
  if (asked !== undefined) return Math.min(asked, options.longestWait)
  const backoff = options.firstWait * 2 ** (attempt - 1)
  return Math.min(backoff * (0.75 + Math.random() / 2), options.longestWait)
}
