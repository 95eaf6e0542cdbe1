import { retrying } from '../../base/index.ts'
import type { RetryOptions } from '../../base/index.ts'

/** Fewer bytes between two breaks than this are no progress: a line that breaks so often would take for ever. */
export const PROGRESS = 64 * 1024

/**
 * Waits as the one retry policy says after a failure, then carries on. `failures` counts those since the last
 * progress. @throws the failure itself when it is lasting or the last one allowed
 */
export function tryAgain<T>(
  failure: unknown,
  failures: number,
  retry: RetryOptions,
  work: () => Promise<T>,
): Promise<T> {
  const attempts = failures < retry.attempts ? 2 : 1
  const firstWait = retry.firstWait * 2 ** (failures - 1)
  return retrying((attempt) => (attempt === 1 ? Promise.reject(failure) : work()), {
    ...retry,
    attempts,
    firstWait,
  })
}
