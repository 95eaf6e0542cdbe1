import type { Outcome } from '../../promotion/outcome.ts'
import type { Answer } from '../command.ts'

/** DESIGN §6: done 0, could not finish 1, refused 3, pending 4. A plan answers as the promotion would. */
export function exitOf(outcome: Outcome): Answer['exit'] {
  if (outcome.outcome === 'planned') return VERDICT[outcome.verdict.result]
  return OUTCOME[outcome.outcome]
}

const OUTCOME = { promoted: 0, already: 0, refused: 3, unproven: 3, pending: 4, error: 1 } as const
const VERDICT = { pass: 0, fail: 3, pending: 4, error: 1 } as const
