import * as z from 'zod'
import { printableLine } from '../../base/index.ts'
import { compileCel } from '../cel/compile.ts'
import { celContext } from '../cel/context.ts'
import type { Facts } from '../facts.ts'
import type { Judgement } from '../judgement.ts'
import { pass, refuse, unclear } from '../judgement.ts'
import { nonEmpty } from '../options.ts'

const expression = nonEmpty
  .superRefine(async (text, context) => {
    const compiled = await compileCel(text)
    if (!('flaw' in compiled)) return
    const { message, offset } = compiled.flaw
    context.addIssue({
      code: 'custom',
      message: `${printableLine(message)}, at character ${offset + 1} of the expression`,
      params: { offset },
    })
  })
  .describe('A CEL expression that must be true.')

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

/** A typed CEL expression over the facts. False is a no; anything that goes wrong is "could not tell". */
export async function judgeCel(options: CelOptions, facts: Facts): Promise<Judgement> {
  const compiled = await compileCel(options.expression)
  const shown = printableLine(options.expression, 160)
  if ('flaw' in compiled) return unclear(`Not a valid expression: ${compiled.flaw.message}.`)
  const value = evaluated(() => compiled.run(celContext(facts)))
  // Nobody can say which statements an expression rested on, so it names all it could see.
  const basis = facts.evidence.valid
  if (value === true) return pass(`True: ${shown}`, basis)
  if (value === false) return refuse(options.reason ?? `False: ${shown}`, basis)
  const why = value instanceof Error ? printableLine(summaryOf(value)) : `the result is not a bool`
  return unclear(`Could not be evaluated: ${why}: ${shown}`, basis)
}

function evaluated(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

const summaryOf = (error: Error) => (error as { summary?: string }).summary ?? error.message
