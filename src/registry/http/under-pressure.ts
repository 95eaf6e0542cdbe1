import { isFailure } from '../../base/index.ts'
import { registryErrors } from '../errors.ts'
import type { Answer, Exchange } from './exchange.ts'
import type { HostPressure, Verb } from './pressure.ts'
import { askedPause, isOverload } from './slow-down.ts'
import { isStale } from './stale.ts'

/**
 * Sends one request when it is its turn and tells the host's pressure how it went. Where blobs are read the turn lasts
 * until the body is read or dropped, otherwise until the answer begins. No pause is longer than `longest` milliseconds.
 */
export async function underPressure(
  host: HostPressure,
  given: Exchange,
  longest: number,
  send: (onEnd: () => void) => Promise<Answer>,
): Promise<Answer> {
  const turn = await host.enter(verbOf(given), given.signal)
  try {
    const answer = await send(() => turn.leave())
    if (isOverload(answer)) turn.bad()
    else if (answer.status < 500) turn.good()
    const pause = askedPause(answer, new Date())
    if (pause !== undefined) host.pause(Math.min(pause, longest))
    if (!readsBlob(given)) turn.leave()
    return answer
  } catch (error) {
    const broke = isFailure(error, registryErrors.REGISTRY_UNREACHABLE) && error.retryable
    if (broke && !isStale(error)) turn.bad()
    turn.leave()
    throw error
  }
}

function verbOf({ method, bulk }: Exchange): Verb {
  const reads = method === 'GET' || method === 'HEAD'
  if (bulk) return reads ? 'bytes-in' : 'bytes-out'
  return reads ? 'read' : 'write'
}

function readsBlob({ method, url, bulk }: Exchange): boolean {
  return method === 'GET' && (bulk === true || url.pathname.includes('/blobs/'))
}
