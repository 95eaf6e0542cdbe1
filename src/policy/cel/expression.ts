import { printableLine } from '../../base/index.ts'
import { nonEmpty } from '../options.ts'
import { compileCel } from './compile.ts'
import type { CelContext } from './compile.ts'
import type { CelSubject } from './environment.ts'

/** An expression in a file: parsed and type-checked there. */
export function celExpression(subject: CelSubject) {
  return nonEmpty.superRefine(async (text, context) => {
    const compiled = await compileCel(text, subject)
    if (!('flaw' in compiled)) return
    const { message, offset } = compiled.flaw
    context.addIssue({
      code: 'custom',
      message: `${printableLine(message)}, at character ${offset + 1} of the expression`,
      params: { offset },
    })
  })
}

/** What an expression says, or why nobody can tell: it broke, or gave something else than a bool. */
export async function evaluateCel(
  expression: string,
  subject: CelSubject,
  context: () => Promise<CelContext>,
): Promise<boolean | { readonly problem: string }> {
  const compiled = await compileCel(expression, subject)
  if ('flaw' in compiled)
    return { problem: `Not a valid expression: ${printableLine(compiled.flaw.message)}` }
  const facts = await context()
  try {
    const value = compiled.run(facts)
    return typeof value === 'boolean'
      ? value
      : { problem: 'Could not be evaluated: the result is not a bool' }
  } catch (error) {
    const { summary, message } = error as { summary?: string; message?: string }
    return { problem: `Could not be evaluated: ${printableLine(summary ?? message ?? String(error))}` }
  }
}
