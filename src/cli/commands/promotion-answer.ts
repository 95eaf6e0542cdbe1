import type { Outcome } from '../../promotion/outcome.ts'
import { outcomeMarkdown, outcomeText, outcomeTold } from '../../report/index.ts'
import type { Answer } from '../command.ts'
import { exitOf } from './promotion-exit.ts'

/** The answer of plan, promote, release and rollback. `isPlan`: it was asked to write nothing. */
export function promotionAnswer(outcome: Outcome, isPlan = false): Answer {
  return {
    exit: exitOf(outcome),
    value: outcome,
    text: (paint) => outcomeText(outcome, paint),
    markdown: () => outcomeMarkdown(outcome),
    told: () => outcomeTold(outcome, isPlan),
  }
}
