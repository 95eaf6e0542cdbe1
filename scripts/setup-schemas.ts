import * as z from 'zod'
import { checkupGroups } from '../src/setup/index.ts'
import type { CiCheckAnswer, CiInitAnswer } from '../src/setup/ci-answer.ts'
import type { DoctorAnswer } from '../src/setup/doctor-answer.ts'
import type { InitAnswer } from '../src/setup/init-answer.ts'
import { list } from './plumbing-schemas.ts'
import type { Tells } from './plumbing-schemas.ts'

const init = z.object({
  kind: z.literal('init'),
  outcome: z.enum(['created', 'planned']),
  application: z.string(),
  directory: z.string(),
  environments: list(z.object({ name: z.string(), repository: z.string() })),
  files: list(
    z.object({ path: z.string(), about: z.string(), state: z.enum(['created', 'kept', 'planned']) }),
  ),
  secrets: list(z.object({ variable: z.string(), file: z.string() })),
  next: list(z.object({ line: z.string(), about: z.string() })),
})

const systems = z.enum(['azure', 'github', 'gitlab', 'jenkins'])

const ciInit = z.object({
  kind: z.literal('ci-init'),
  outcome: z.enum(['written', 'planned', 'current']),
  system: systems,
  directory: z.string(),
  files: list(
    z.object({
      path: z.string(),
      change: z.enum(['created', 'changed', 'kept', 'removed']),
      diff: z.string().optional(),
    }),
  ),
})

const ciCheck = z.object({
  kind: z.literal('ci-check'),
  outcome: z.enum(['current', 'behind']),
  directory: z.string(),
  files: list(
    z.object({
      system: systems,
      path: z.string(),
      state: z.enum(['current', 'stale', 'edited', 'missing', 'leftover']),
    }),
  ),
})

const doctor = z.object({
  kind: z.literal('doctor'),
  outcome: z.enum(['well', 'warnings', 'problems']),
  findings: list(
    z.object({
      group: z.enum(checkupGroups),
      what: z.string(),
      result: z.enum(['ok', 'warning', 'problem', 'skipped']),
      found: z.string(),
      fix: z.string().optional(),
    }),
  ),
})

/** What the first day's commands print. */
export const setupSchemas = { init, doctor, 'ci-init': ciInit, 'ci-check': ciCheck } as const

export const setupAgreement: readonly [
  Tells<InitAnswer, typeof init>,
  Tells<DoctorAnswer, typeof doctor>,
  Tells<CiInitAnswer, typeof ciInit>,
  Tells<CiCheckAnswer, typeof ciCheck>,
] = [true, true, true, true]
