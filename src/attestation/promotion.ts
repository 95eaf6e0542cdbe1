import * as z from 'zod'
import { isDigest } from '../oci/index.ts'
import type { Digest } from '../oci/index.ts'

export const digestSchema = z
  .custom<Digest>((value) => isDigest(value), 'a digest: sha256: and 64 hex digits')
  .meta({ type: 'string', pattern: '^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$' })
const time = z.iso.datetime()

export const gateResults = ['pass', 'fail', 'error', 'pending', 'waived'] as const
export type GateResult = (typeof gateResults)[number]

const gate = z.object({
  gate: z.string(),
  result: z.enum(gateResults),
  reason: z.string(),
  /** Payload digests of the statements the verdict rests on. */
  evidence: z.array(digestSchema),
})

/** A predecessor in the record chain: the OCI manifest of the record and the digest of its signed payload. */
const link = z.object({ record: digestSchema, payload: digestSchema })
export type RecordLink = z.infer<typeof link>

/** A digest that was rolled away from, and by which record of the same chain. */
const barred = z.object({
  digest: digestSchema,
  sequence: z.string(),
  since: time,
  reason: z.string().optional(),
})
export type BarredDigest = z.infer<typeof barred>

/**
 * Predicate `https://waybill.dev/promotion/v1`: one digest moved into one environment, and why.
 * Readers ignore unknown fields; `sequence` is a decimal string because protobuf Struct is a double.
 */
export const promotionRecord = z.object({
  application: z.string(),
  environment: z.string(),
  kind: z.enum(['promote', 'rollback', 'break-glass']),
  // Fifteen digits: as numbers they are exact, so that one more is always another.
  sequence: z.string().regex(/^[1-9][0-9]{0,14}$/),
  previous: link.optional(),
  /** Absent `environment` = it came from a build. Repositories as `host/path`. */
  from: z.object({ environment: z.string().optional(), repository: z.string() }),
  to: z.object({ repository: z.string(), tags: z.array(z.string()) }),
  image: z.object({ mediaType: z.string(), digest: digestSchema, size: z.number().int().nonnegative() }),
  /** Digest graph for tracing what runs: platform manifest and config of every child. */
  platforms: z.array(z.object({ platform: z.string(), manifest: digestSchema, config: digestSchema })),
  version: z.string().optional(),
  commit: z.string().optional(),
  policy: z.object({ digest: digestSchema }),
  gates: z.array(gate),
  /** Payload digests of the approvals counted. */
  approvals: z.array(digestSchema),
  /** Manifest digests of the referrers that travelled with the image. */
  carried: z.array(digestSchema),
  requestedBy: z.string().optional(),
  promoter: z.object({ id: z.string(), version: z.string() }),
  /** For rollbacks: the record that put the digest there, and the digest that was rolled away from. */
  rollbackOf: digestSchema.optional(),
  /** For break-glass: payload digests of the statements that allowed it. */
  breakGlass: z.array(digestSchema).optional(),
  /**
   * Every digest that is barred here after this record, so that nobody has to walk the chain. Absent in records of
   * older versions: then the chain says.
   */
  quarantined: z.array(barred).optional(),
  reason: z.string().optional(),
  startedOn: time,
  finishedOn: time,
})

export type PromotionRecord = z.infer<typeof promotionRecord>
export type RecordedGate = z.infer<typeof gate>
