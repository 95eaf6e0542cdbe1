import * as z from 'zod'
import { digestSchema } from './promotion.ts'

/**
 * Predicate `https://waybill.dev/break-glass/v1`: this digest may be forced into one environment under one policy, for
 * a short time. By itself it does nothing: the promotion must ask for it too. Who allowed it is who signed; `approver`
 * is for people.
 */
export const breakGlass = z.object({
  application: z.string(),
  environment: z.string(),
  policy: z.object({ digest: digestSchema }),
  reason: z.string().min(1),
  ticket: z.string().optional(),
  approver: z.string(),
  createdOn: z.iso.datetime(),
  notAfter: z.iso.datetime(),
})

export type BreakGlass = z.infer<typeof breakGlass>
