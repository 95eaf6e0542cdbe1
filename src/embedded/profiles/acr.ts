import { Cut } from '../answer.ts'
import type { Around } from '../handler.ts'
import { complaint, withExchange } from './alter.ts'
import { profile } from './profile.ts'
import { common } from './traits.ts'

export interface AcrSettings {
  /** Bytes that one POST or PUT of a blob may have. Default 20 000 000. */
  readonly bodyLimit?: number
  /** Every nth manifest PUT is answered 429. Default 3; 0 = never. */
  readonly busyEvery?: number
  /** Seconds in Retry-After. Default 1. */
  readonly retryAfter?: number
}

export const acr = profile<AcrSettings>({
  about:
    'resets a blob PUT above a size while PATCH takes any; now and then 429 with Retry-After on a manifest PUT',
  knownFrom: 'container-libs#42 (429); ocync’s notes on Azure (resets above about 20 MB)',
  make: ({ bodyLimit = 20_000_000, busyEvery = 3, retryAfter = 1 }) => ({
    around: [...common, limitedBody(bodyLimit), busy(busyEvery, retryAfter)],
  }),
})

function limitedBody(limit: number): Around {
  return (call, route, next) => {
    const isWhole = ['POST', 'PUT'].includes(call.exchange.method)
    if (!isWhole || (route.kind !== 'upload' && route.kind !== 'uploads')) return next(call, route)
    return next(withExchange(call, { body: resetAbove(limit, call.exchange.body) }), route)
  }
}

async function* resetAbove(limit: number, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > limit) throw new Cut()
    yield chunk
  }
}

function busy(every: number, retryAfter: number): Around {
  let puts = 0
  return async (call, route, next) => {
    if (route.kind !== 'manifest' || call.exchange.method !== 'PUT') return next(call, route)
    puts++
    if (every === 0 || puts % every !== 0) return next(call, route)
    return complaint(429, 'TOOMANYREQUESTS', 'too many requests', { 'retry-after': String(retryAfter) })
  }
}
