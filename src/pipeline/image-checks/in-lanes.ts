import type { OnStep } from '../../base/index.ts'

/** Scanners are hungry: more of them at once are no faster. */
const LANES = 4

export interface Lane<T> {
  /** What people see: `trivy linux/arm64`. */
  readonly item: string
  readonly work: () => Promise<T>
}

/** Runs these a few at a time, each told as an item. The first failure is thrown when what is under way has ended. */
export async function inLanes<T>(
  all: readonly Lane<T>[],
  parts: { readonly onStep: OnStep; readonly signal: AbortSignal; readonly requests: () => number },
): Promise<readonly T[]> {
  const results: T[] = []
  const failures: unknown[] = []
  let next = 0
  const lane = async () => {
    while (failures.length === 0 && next < all.length) {
      parts.signal.throwIfAborted()
      const index = next++
      const one = all[index]
      if (!one) return
      try {
        results[index] = await told(one, all.length, parts)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  if (failures.length > 0) throw failures[0]
  return results
}

async function told<T>(
  { item, work }: Lane<T>,
  total: number,
  { onStep, requests }: { readonly onStep: OnStep; readonly requests: () => number },
): Promise<T> {
  const tell = (state: 'start' | 'done' | 'failed', note: string) =>
    onStep({ kind: 'item', item, state, note, total, requests: requests() })
  tell('start', '')
  try {
    const result = await work()
    tell('done', '')
    return result
  } catch (error) {
    tell('failed', error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : '')
    throw error
  }
}
