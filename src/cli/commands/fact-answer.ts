import type { AttachedFact } from '../../promotion/commands.ts'
import { factMarkdown, factText } from '../../report/index.ts'
import type { Answer } from '../command.ts'

/** The answer of attest, approve and pass. A FAILED mark that was asked for is done; proving and failing is a no. */
export function factAnswer(fact: AttachedFact): Answer {
  return {
    exit: fact.outcome === 'failed' ? 3 : 0,
    value: fact,
    text: (paint) => factText(fact, paint),
    markdown: () => factMarkdown(fact),
  }
}
