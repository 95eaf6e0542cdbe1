import * as z from 'zod'
import { isObject } from '../base/index.ts'

const resource = z.object({
  name: z.string().optional(),
  uri: z.string().optional(),
  digest: z.record(z.string(), z.string()).optional(),
  // Not `z.record`, which would copy all that other tools write there.
  annotations: z.custom<Readonly<Record<string, unknown>>>(isObject).optional(),
})

/**
 * Predicate `https://in-toto.io/attestation/test-result/v0.1`. Waybill names the suite in
 * `configuration[0].name` (`unit`, `e2e`…) and the raw report by digest in `configuration[0].digest`.
 */
export const testResult = z.object({
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.array(resource).min(1),
  url: z.string().optional(),
  passedTests: z.array(z.string()).optional(),
  warnedTests: z.array(z.string()).optional(),
  failedTests: z.array(z.string()).optional(),
})

export type TestResult = z.infer<typeof testResult>
