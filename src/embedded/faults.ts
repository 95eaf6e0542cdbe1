import { setTimeout as sleep } from 'node:timers/promises'
import { Cut } from './answer.ts'
import type { Answer, Through } from './answer.ts'
import type { Fault } from './fault.ts'

/** Answers as the fault says. @throws Cut when the answer is to be lost */
export async function withFault(fault: Fault, handle: () => Promise<Answer>): Promise<Answer> {
  if (fault.delay !== undefined) await sleep(fault.delay)
  const isReplaced = fault.status !== undefined || fault.body !== undefined
  const answer = isReplaced ? { status: 200, headers: {} } : await handle()
  const { truncateAt } = fault
  if (truncateAt === 0) throw new Cut()
  const changes = [
    answer.through,
    fault.corrupt ? corrupted : undefined,
    truncateAt === undefined ? undefined : cutAfter(truncateAt),
  ]
  return {
    ...answer,
    ...(fault.status !== undefined && { status: fault.status }),
    ...(fault.body !== undefined && { body: Buffer.from(fault.body) }),
    headers: { ...answer.headers, ...fault.headers },
    ...through(changes),
  }
}

/** Several changes to a body, one after the other; nothing when there are none, so that files go out at full speed. */
export function through(changes: readonly (Through | undefined)[]): { readonly through?: Through } {
  const made = changes.filter((change) => change !== undefined)
  if (made.length === 0) return {}
  return { through: (chunks) => made.reduce((bytes, change) => change(bytes), chunks) }
}

/** The connection is cut after so many bytes, if there are that many. */
export function cutAfter(limit: number): Through {
  return async function* (chunks) {
    let left = limit
    for await (const chunk of chunks) {
      yield chunk.subarray(0, left)
      left -= chunk.length
      if (left <= 0) throw new Cut()
    }
  }
}

/** The first byte is changed. */
export async function* corrupted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const chunk of chunks) {
    const out = isFirst ? Uint8Array.from(chunk) : chunk
    if (isFirst) out[0] = (out[0] ?? 0) ^ 0xff
    isFirst = false
    yield out
  }
}
