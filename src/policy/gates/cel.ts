import * as z from 'zod'
import { printableLine } from '../../base/index.ts'
import { celContext } from '../cel/context.ts'
import { celExpression, evaluateCel } from '../cel/expression.ts'
import type { Facts } from '../facts.ts'
import type { GateNeeds } from '../gate-needs.ts'
import type { Judgement } from '../judgement.ts'
import { pass, refuse, unclear } from '../judgement.ts'
import { nonEmpty } from '../options.ts'

const expression = celExpression('facts').describe('A CEL expression that must be true.')

export const celOptions = z
  .union([
    expression,
    z.strictObject({
      expression,
      reason: nonEmpty.optional().describe('Shown when the expression is false.'),
    }),
  ])
  .transform((given) => (typeof given === 'string' ? { expression: given, reason: undefined } : given))

export type CelOptions = z.output<typeof celOptions>

/** What an expression names costs requests, and is read only then. What it names within a text costs them too. */
export function celNeeds({ expression: text }: CelOptions): GateNeeds {
  const names = [...text.matchAll(UPSTREAM)].map(([, word, quoted, single]) => word ?? quoted ?? single ?? '')
  return {
    upstream: names.map((environment) => ({ environment, occupancy: true })),
    details: /(?<![.\w])platforms\b/.test(text),
    target: { details: /\btarget\s*\.\s*platforms\b/.test(text) },
  }
}

const UPSTREAM = /\bupstream\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*\])/g

/** A typed CEL expression over the facts. False is a no; anything that goes wrong is "could not tell". */
export async function judgeCel(options: CelOptions, facts: Facts): Promise<Judgement> {
  const shown = printableLine(options.expression, 160)
  const value = await evaluateCel(options.expression, 'facts', () => celContext(facts, options.expression))
  // Nobody can say which statements an expression rested on, so it names all it could see.
  const basis = facts.evidence.valid
  if (value === true) return pass(`True: ${shown}`, basis)
  if (value === false) return refuse(options.reason ?? `False: ${shown}`, basis)
  return unclear(`${value.problem}: ${shown}`, basis)
}
