import { setTimeout as sleep } from 'node:timers/promises'
import { WaybillError } from './errors.ts'

export interface RetryOptions {
  /** Tries in all, the first included. */
  readonly attempts: number
  /** First wait in milliseconds; doubles, with jitter. */
  readonly firstWait: number
  /** No single wait is longer than this (milliseconds). */
  readonly longestWait: number
  /** Milliseconds in all that a server may make us wait by asking for it; such tries do not count. Default 10 minutes. */
  readonly askedWait?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const ASKED_WAIT = 10 * 60_000

export const defaultRetry: RetryOptions = { attempts: 5, firstWait: 200, longestWait: 60_000 }

/** The wait a server asked for (`Retry-After`), carried from transport to here in milliseconds. */
export const retryAfter = new WeakMap<WaybillError, number>()

/**
 * Runs `work` again while it throws a retryable WaybillError. The one place that retries. A server that asks for time
 * (`retryAfter`) gets it, within `askedWait`; faults are borne `attempts` times.
 */
export async function retrying<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, askedWait = ASKED_WAIT, signal } = options
  let faults = 0
  let waited = 0
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof WaybillError) || !error.retryable) throw error
      const asked = retryAfter.get(error)
      if (asked === undefined ? ++faults >= attempts : waited >= askedWait) throw error
      const wait = asked === undefined ? backoff(faults, options) : patience(asked, options)
      if (asked !== undefined) waited += wait
      await pause(wait, signal)
    }
  }
}

/** Waits so long. @throws the signal's own reason, which says why */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}

function backoff(faults: number, { firstWait, longestWait }: RetryOptions): number {
  return Math.min(jittered(firstWait * 2 ** (faults - 1)), longestWait)
}

/** Never at once, and not everybody in the same moment: at least the first wait, up to a tenth longer than asked. */
function patience(asked: number, { firstWait, longestWait }: RetryOptions): number {
  return Math.max(jittered(firstWait), Math.min(asked, longestWait) * (1 + Math.random() / 10))
}

function jittered(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2)
}
