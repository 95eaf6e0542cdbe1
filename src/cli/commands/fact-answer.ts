import type { AttachedFact, AttachedFacts } from '../../promotion/commands.ts'
import { factMarkdown, factsMarkdown, factsText, factsTold, factText, factTold } from '../../report/index.ts'
import type { Answer } from '../command.ts'

/** The answer of attest, approve and pass. A FAILED mark that was asked for is done; proving and failing is a no. */
export function factAnswer(fact: AttachedFact): Answer {
  return {
    exit: fact.outcome === 'failed' ? 3 : 0,
    value: fact,
    text: (paint) => factText(fact, paint),
    markdown: () => factMarkdown(fact),
    told: () => factTold(fact),
  }
}

/** Reports that were attested: one is told as the one fact it is, several as a list. */
export function factsAnswer(facts: AttachedFacts): Answer {
  const [only, ...others] = facts.attestations
  if (only && others.length === 0) return factAnswer(only)
  return {
    exit: 0,
    value: facts,
    text: (paint) => factsText(facts, paint),
    markdown: () => factsMarkdown(facts),
    told: () => factsTold(facts),
  }
}
