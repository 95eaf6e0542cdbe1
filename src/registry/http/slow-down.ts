import { parseRetryAfter } from '../../base/index.ts'
import type { Answer } from './exchange.ts'

/** Seconds since 1970 where seconds from now are meant: some servers write them. */
const A_DATE = 1_000_000_000

/** Does this answer say that the host cannot keep up? */
export function isOverload(answer: Answer): boolean {
  return answer.status === 429 || answer.status === 503
}

/**
 * For how many milliseconds the host wants to be left alone: `Retry-After` of a 429 or 503, or the time until
 * `RateLimit-Reset` when `RateLimit-Remaining` is 0. undefined = it does not say.
 */
export function askedPause(answer: Answer, now: Date): number | undefined {
  const wait = isOverload(answer) ? parseRetryAfter(answer.header('retry-after'), now) : undefined
  if (wait !== undefined) return wait
  if (!/^\s*0\s*(?:;|$)/.test(answer.header('ratelimit-remaining') ?? '')) return undefined
  const [, reset] = /^\s*(\d{1,12})\s*(?:;|$)/.exec(answer.header('ratelimit-reset') ?? '') ?? []
  if (reset === undefined) return undefined
  const seconds = Number(reset)
  return seconds > A_DATE ? Math.max(0, seconds * 1000 - now.getTime()) : seconds * 1000
}
