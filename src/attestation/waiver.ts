import * as z from 'zod'

/**
 * Predicate `https://waybill.dev/waiver/v1`: one gate, or single findings of it, are let through for some time.
 * Bound to one application and environment, and to what the statement is about: one image, or the place itself.
 * Who waived is who signed; `approver` is for people and never decides.
 */
export const waiver = z.object({
  application: z.string(),
  environment: z.string(),
  /** Gate kind: `vulnerabilities`. */
  gate: z.string(),
  /** Ids of findings (CVE, rule); absent = the whole gate. */
  findings: z.array(z.string().min(1)).min(1).optional(),
  /** Only in these packages: a purl, or a name. */
  packages: z.array(z.string().min(1)).min(1).optional(),
  /** Of a whole gate: let it through also when it could not tell. */
  evenOnError: z.boolean().optional(),
  reason: z.string().min(1),
  ticket: z.string().optional(),
  approver: z.string(),
  createdOn: z.iso.datetime(),
  /** A waiver without an end is not one. */
  notAfter: z.iso.datetime(),
})

export type Waiver = z.infer<typeof waiver>
