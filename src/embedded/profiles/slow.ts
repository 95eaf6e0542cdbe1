import { setTimeout as sleep } from 'node:timers/promises'
import type { Through } from '../answer.ts'
import { through } from '../faults.ts'
import type { Around } from '../handler.ts'
import { withExchange } from './alter.ts'
import { profile } from './profile.ts'

export interface SlowSettings {
  /** Milliseconds before each request is carried out. Default 20. */
  readonly latency?: number
  /** Of each body, in either direction. Default: as fast as it can. */
  readonly bytesPerSecond?: number
}

export const slow = profile<SlowSettings>({
  about: 'waits before every request, and moves bytes only so fast',
  knownFrom: 'any registry on another continent',
  make: ({ latency = 20, bytesPerSecond }) => ({
    around: [late(latency), ...(bytesPerSecond === undefined ? [] : [narrow(throttled(bytesPerSecond))])],
  }),
})

function late(latency: number): Around {
  return async (call, route, next) => {
    await sleep(latency)
    return next(call, route)
  }
}

function narrow(pipe: Through): Around {
  return async (call, route, next) => {
    const answer = await next(withExchange(call, { body: pipe(call.exchange.body) }), route)
    return { ...answer, ...through([answer.through, pipe]) }
  }
}

function throttled(bytesPerSecond: number): Through {
  return async function* (chunks) {
    for await (const chunk of chunks) {
      await sleep((chunk.length / bytesPerSecond) * 1000)
      yield chunk
    }
  }
}
