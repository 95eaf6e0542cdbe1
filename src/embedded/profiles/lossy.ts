import { Cut } from '../answer.ts'
import { cutAfter, through } from '../faults.ts'
import type { Around } from '../handler.ts'
import { profile } from './profile.ts'

export interface LossySettings {
  /** Every nth request is lost: by turns before it is carried out, and after, with its answer. Default 7; 0 = none. */
  readonly dropEvery?: number
  /** A blob's download is cut after so many bytes, each digest once. Default 65 536; 0 = never. */
  readonly cutAt?: number
}

export const lossy = profile<LossySettings>({
  about: 'loses every nth request or its answer, and cuts the first download of each large blob',
  knownFrom: 'any bad line',
  make: ({ dropEvery = 7, cutAt = 65_536 }) => ({
    around: [...(dropEvery > 0 ? [dropping(dropEvery)] : []), ...(cutAt > 0 ? [cutting(cutAt)] : [])],
  }),
})

function dropping(every: number): Around {
  let requests = 0
  return async (call, route, next) => {
    const turn = ++requests % (2 * every)
    if (turn === every) throw new Cut()
    const answer = await next(call, route)
    if (turn === 0) throw new Cut()
    return answer
  }
}

function cutting(limit: number): Around {
  const cut = new Set<string>()
  return async (call, route, next) => {
    const answer = await next(call, route)
    const isDownload = route.kind === 'blob' && call.exchange.method === 'GET' && answer.status < 300
    if (!isDownload || cut.has(route.digest)) return answer
    cut.add(route.digest)
    return { ...answer, ...through([answer.through, cutAfter(limit)]) }
  }
}
