import * as z from 'zod'

const text = z.string().min(1)

/** openvex-spec v0.2.0, "Statement": what each status needs besides. */
const statement = z
  .looseObject({
    vulnerability: z.union([text, z.looseObject({ name: text })]),
    status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
    justification: text.optional(),
    impact_statement: text.optional(),
    action_statement: text.optional(),
  })
  .refine((given) => given.status !== 'not_affected' || given.justification || given.impact_statement, {
    error: 'a justification or an impact_statement for not_affected',
  })

/** An OpenVEX document (openvex-spec v0.2.0): the predicate of a statement of type `https://openvex.dev/ns`. */
export const openVexDocument = z.looseObject({
  '@context': z.string().startsWith('https://openvex.dev/ns'),
  '@id': text,
  author: text,
  timestamp: text,
  version: z.union([z.int().positive(), text]),
  statements: z.array(statement).min(1).max(10_000),
})

export type OpenVexDocument = z.output<typeof openVexDocument>
