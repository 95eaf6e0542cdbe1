import type { Judgement } from './judgement.ts'

const ORDER = ['fail', 'error', 'pending', 'waived', 'pass'] as const

/**
 * Several judgements of which all must hold, as one: the worst result with the reasons that led to it. It waits for the
 * last of them. Of none nobody can tell anything.
 */
export function worstOf(judged: readonly Judgement[]): Judgement {
  const result = ORDER.find((one) => judged.some((judgement) => judgement.result === one)) ?? 'error'
  const telling = judged.filter((judgement) => judgement.result === result)
  const earliest = telling
    .flatMap((judgement) => judgement.earliest ?? [])
    .toSorted()
    .at(-1)
  const waitingFor = [...new Set(telling.flatMap((judgement) => judgement.waitingFor ?? []))]
  return {
    result,
    reason: telling.map(({ reason }) => reason).join(' ') || 'There was nothing to judge.',
    evidence: [...new Set(telling.flatMap(({ evidence }) => evidence))],
    ...(earliest && { earliest }),
    ...(waitingFor.length > 0 && { waitingFor }),
  }
}
