import * as z from 'zod'
import { digestSchema } from './promotion.ts'

const listed = z
  .array(z.object({ digest: digestSchema, reason: z.string().min(1) }))
  .min(1)
  .max(100)

/**
 * Predicate `https://waybill.dev/hold/v1`: a standing order about one application in one environment. Its subject is
 * the place itself. Who ordered is who signed.
 */
export const hold = z
  .object({
    application: z.string(),
    environment: z.string(),
    /**
     * `held` until `released`. `clear` says that nothing is known to be in the way; it ends no hold, it only keeps the
     * answer fresh. Absent: the statement is about digests alone.
     */
    state: z.enum(['held', 'released', 'clear']).optional(),
    reason: z.string().min(1),
    /** Of `held`: it ends by itself then. */
    until: z.iso.datetime().optional(),
    /** To the millisecond: the latest counts. */
    createdOn: z.iso.datetime(),
    /** Digests that may not come in any more. */
    quarantine: listed.optional(),
    /** Digests that were barred and may come in again. */
    admit: listed.optional(),
  })
  .refine(({ state, quarantine, admit }) => state ?? quarantine ?? admit, {
    error: 'a state, a quarantine or an admit',
  })

export type Hold = z.infer<typeof hold>
