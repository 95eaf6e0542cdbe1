import type { Around } from '../handler.ts'
import { complaint, withHeaders } from './alter.ts'
import { profile } from './profile.ts'

export interface RateLimitedSettings {
  /** Requests that may come at once. Default 20. */
  readonly burst?: number
  /** Requests per second in the long run. Default 10. */
  readonly rate?: number
  /** The form of Retry-After. Default seconds. */
  readonly retryAfter?: 'seconds' | 'date'
}

export const rateLimited = profile<RateLimitedSettings>({
  about:
    'a token bucket: 429 with Retry-After (seconds or date) when it is empty; RateLimit-* headers always',
  knownFrom: 'RFC 6585 §4, RFC 9110 §10.2.3; go-containerregistry#1569',
  make: ({ burst = 20, rate = 10, retryAfter = 'seconds' }, now) => ({
    around: [bucket({ burst, rate, retryAfter }, now)],
  }),
})

function bucket({ burst, rate, retryAfter }: Required<RateLimitedSettings>, now: () => Date): Around {
  let tokens = burst
  let filled = now().getTime()
  return async (call, route, next) => {
    const time = now().getTime()
    tokens = Math.min(burst, tokens + ((time - filled) / 1000) * rate)
    filled = time
    const isEmpty = tokens < 1
    if (!isEmpty) tokens--
    const seconds = Math.ceil(Math.max(0, 1 - tokens) / rate)
    const limits = {
      'ratelimit-limit': String(burst),
      'ratelimit-remaining': String(Math.floor(tokens)),
      'ratelimit-reset': String(seconds),
    }
    if (!isEmpty) return withHeaders(await next(call, route), limits)
    const wait = retryAfter === 'date' ? new Date(time + seconds * 1000).toUTCString() : String(seconds)
    return complaint(429, 'TOOMANYREQUESTS', 'too many requests', { ...limits, 'retry-after': wait })
  }
}
