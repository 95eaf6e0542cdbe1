import * as z from 'zod'
import { gateResults } from '../src/attestation/index.ts'
import type { EvidenceAnswer, EvidenceExport, StatementAnswer } from '../src/insight/evidence-answer.ts'
import type { RescanAnswer } from '../src/insight/rescan-answer.ts'
import type { ReplayAnswer } from '../src/insight/replay-answer.ts'
import { digest, evidence, gate, list } from './plumbing-schemas.ts'
import type { Tells } from './plumbing-schemas.ts'

// The documents of the commands that explain: replay, evidence, rescan.
const verdictResult = z.enum(['pass', 'fail', 'error', 'pending'])
const replayChange = z.enum(['unchanged', 'refused', 'admitted', 'unclear', 'not-asked'])

const replay = z.object({
  kind: z.literal('replay'),
  policy: z.string(),
  since: z.string(),
  counts: z.record(replayChange, z.int()),
  records: list(
    z.object({
      application: z.string(),
      environment: z.string(),
      sequence: z.int(),
      digest,
      kind: z.enum(['promote', 'rollback', 'break-glass']),
      finishedOn: z.string(),
      recorded: verdictResult,
      replayed: verdictResult.optional(),
      change: replayChange,
      gates: list(
        z.object({
          gate: z.string(),
          recorded: z.enum(gateResults).optional(),
          replayed: z.enum(gateResults).optional(),
          reason: z.string(),
        }),
      ),
      later: z.int(),
      note: z.string().optional(),
    }),
  ),
})

const evidenceList = z.object({
  kind: z.literal('evidence'),
  reference: z.string(),
  digest,
  judgedOn: z.string(),
  evidence: list(evidence),
})

const statement = z.object({
  kind: z.literal('statement'),
  reference: z.string(),
  digest,
  evidence,
  statement: z.unknown().optional(),
})

const evidenceExport = z.object({
  kind: z.literal('evidence-export'),
  reference: z.string(),
  digest,
  directory: z.string(),
  format: z.enum(['dsse', 'bundle', 'jsonl', 'intoto']),
  files: list(
    z.object({ file: z.string(), outcome: z.enum(['written', 'already']), payloads: list(digest) }),
  ),
  left: list(z.object({ manifest: digest, reason: z.string() })),
})

const rescan = z.object({
  kind: z.literal('rescan'),
  judgedOn: z.string(),
  warnUntil: z.string(),
  outcome: z.enum(['admitted', 'refused', 'pending', 'error']),
  images: list(
    z.object({
      application: z.string(),
      environment: z.string(),
      repository: z.string(),
      role: z.enum(['live', 'rollback']),
      digest,
      version: z.string().optional(),
      sequence: z.int(),
      since: z.string(),
      result: verdictResult,
      gates: list(gate),
      left: list(z.string()),
      expiring: list(z.object({ gate: z.string(), by: z.string(), reason: z.string() })),
      nearest: z
        .object({ digest, environment: z.string(), sequence: z.int(), version: z.string().optional() })
        .optional(),
      problem: z.object({ code: z.string(), message: z.string() }).optional(),
    }),
  ),
  unread: list(
    z.object({ application: z.string(), environment: z.string(), code: z.string(), message: z.string() }),
  ),
  imported: list(z.object({ digest, summary: z.string(), outcome: z.string() })),
})

export const explainSchemas = {
  rescan,
  replay,
  evidence: evidenceList,
  statement,
  'evidence-export': evidenceExport,
} as const

/** Held by the compiler, as in output-schemas.ts. */
export const explainAgreement: readonly [
  Tells<ReplayAnswer, typeof replay>,
  Tells<EvidenceAnswer, typeof evidenceList>,
  Tells<StatementAnswer, typeof statement>,
  Tells<EvidenceExport, typeof evidenceExport>,
  Tells<RescanAnswer, typeof rescan>,
] = [true, true, true, true, true]
