import * as z from 'zod'
import { digestSchema } from './promotion.ts'

/**
 * Predicate `https://waybill.dev/approval/v1`. Bound to the statement's subject digest, one environment
 * and one policy digest, so it cannot be replayed elsewhere. Who approved is who signed: `approver`
 * is for people and never decides.
 */
export const approval = z.object({
  decision: z.enum(['approve', 'reject']),
  application: z.string(),
  environment: z.string(),
  policy: z.object({ digest: digestSchema }),
  approver: z.string(),
  reason: z.string().optional(),
  ticket: z.string().optional(),
  createdOn: z.iso.datetime(),
  notAfter: z.iso.datetime().optional(),
})

export type Approval = z.infer<typeof approval>
