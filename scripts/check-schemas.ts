import * as z from 'zod'
import { severities } from '../src/attestation/index.ts'
import type { CheckOutcome } from '../src/pipeline/check-outcome.ts'
import { digest, list } from './plumbing-schemas.ts'
import type { Tells } from './plumbing-schemas.ts'

const finding = z.object({
  id: z.string(),
  severity: z.enum(severities),
  title: z.string().optional(),
  location: z.string().optional(),
  suppressed: z.string().optional(),
  baseline: z.enum(['new', 'updated', 'unchanged']).optional(),
})

const outcomeOf = <K extends 'check' | 'test'>(kind: K) =>
  z.object({
    kind: z.literal(kind),
    outcome: z.enum(['pass', 'fail', 'error', 'planned']),
    applications: list(z.string()),
    commit: z.string().optional(),
    dirty: z.boolean().optional(),
    checks: list(
      z.object({
        check: z.string(),
        application: z.string().optional(),
        result: z.enum(['pass', 'fail', 'error', 'missing', 'planned']),
        reason: z.string(),
        tool: z
          .object({
            name: z.string(),
            version: z.string().optional(),
            digest: digest.optional(),
            path: z.string().optional(),
            image: z.string().optional(),
          })
          .optional(),
        command: list(z.string()).optional(),
        kinds: list(z.string()),
        findings: list(finding),
        setAside: list(finding),
        counts: z.object({ found: z.int(), counted: z.int(), mild: z.int(), suppressed: z.int() }),
        commits: z.string().optional(),
        milliseconds: z.int(),
        code: z.string().optional(),
        next: z.string().optional(),
      }),
    ),
    evidence: z.object({ file: z.string(), statements: z.int() }).optional(),
  })

export const checkSchemas = { check: outcomeOf('check'), test: outcomeOf('test') } as const

/** Held by the compiler, as in output-schemas.ts. */
export const checkAgreement: readonly [
  Tells<CheckOutcome & { readonly kind: 'check' }, typeof checkSchemas.check>,
  Tells<CheckOutcome & { readonly kind: 'test' }, typeof checkSchemas.test>,
] = [true, true]
