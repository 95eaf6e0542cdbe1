import type { Answer } from '../answer.ts'
import type { Around } from '../handler.ts'
import { complaint, withHeaders } from './alter.ts'
import { profile } from './profile.ts'
import { common, withoutReferrers } from './traits.ts'

export interface HubSettings {
  /** Manifest GETs until 429. Default 100. */
  readonly pulls?: number
  /** Seconds after which they are counted anew. Default 21 600. */
  readonly window?: number
}

export const hub = profile<HubSettings>({
  about:
    'manifest GETs (not HEADs) count against a pull limit, told in RateLimit-* headers, then 429; a mount from an unknown repository answers 400; no referrers API',
  knownFrom: 'Docker Hub’s documentation of pull limits; go-containerregistry#1741 (mount)',
  make: ({ pulls = 100, window = 21_600 }, now) => ({
    prepare: withoutReferrers,
    around: [...common, foreignMount, pullLimit(pulls, window, now)],
  }),
})

const foreignMount: Around = async (call, route, next) => {
  const { query } = call.exchange
  const names: readonly string[] = call.parts.repositories.names()
  const isForeign = query.has('mount') && query.has('from') && !names.includes(query.get('from') ?? '')
  if (route.kind === 'uploads' && isForeign) return complaint(400, 'NAME_INVALID', 'invalid repository name')
  return next(call, route)
}

function pullLimit(pulls: number, window: number, now: () => Date): Around {
  let used = 0
  let since = -Infinity
  return async (call, route, next) => {
    const { method } = call.exchange
    if (route.kind !== 'manifest' || (method !== 'GET' && method !== 'HEAD')) return next(call, route)
    const time = now().getTime()
    if (time - since >= window * 1000) [used, since] = [0, time]
    const told = (answer: Answer) =>
      withHeaders(answer, {
        'ratelimit-limit': `${pulls};w=${window}`,
        'ratelimit-remaining': `${Math.max(0, pulls - used)};w=${window}`,
      })
    if (method === 'GET' && used >= pulls)
      return told(complaint(429, 'TOOMANYREQUESTS', 'You have reached your pull rate limit.'))
    const answer = await next(call, route)
    if (method === 'GET' && answer.status === 200) used++
    return told(answer)
  }
}
