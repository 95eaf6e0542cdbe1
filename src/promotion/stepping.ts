import type { Parts } from './road.ts'

/** Runs a named step of the road and reports its start and end. An abort is noticed between steps. */
export function stepping(parts: Pick<Parts, 'onStep' | 'signal'>) {
  return async <T>(step: string, work: () => Promise<T>): Promise<T> => {
    parts.signal.throwIfAborted()
    parts.onStep({ kind: 'step', step, state: 'start' })
    const result = await work()
    parts.onStep({ kind: 'step', step, state: 'done' })
    return result
  }
}
