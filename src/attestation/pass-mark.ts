import * as z from 'zod'
import type { Digest } from '../oci/index.ts'
import { hexOf } from '../oci/index.ts'

/** Predicate `https://slsa.dev/verification_summary/v1` (SLSA VSA 1.x), the parts Waybill reads and writes. */
export const passMark = z.object({
  verifier: z.object({ id: z.string(), version: z.record(z.string(), z.string()).optional() }),
  timeVerified: z.iso.datetime({ offset: true }).optional(),
  resourceUri: z.string(),
  policy: z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }),
  inputAttestations: z
    .array(z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()) }))
    .optional(),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(z.string()),
  slsaVersion: z.string().optional(),
})

export type PassMark = z.infer<typeof passMark>

export interface PassMarkFacts {
  readonly environment: string
  readonly repository: string
  readonly policyDigest: Digest
  readonly passed: boolean
  readonly inputs: readonly Digest[]
  readonly verifierVersion: string
  readonly at: string
}

/** One verifier id per environment; its version goes up when the meaning of "passed" changes. */
export function passVerifierId(environment: string): string {
  return `https://waybill.dev/environments/${environment}/v1`
}

/** `PROMOTION_ENV_STAGING_PASSED`: own levels must not start with SLSA_ (slsa-verifier parses those). */
export function passLevel(environment: string): string {
  return `PROMOTION_ENV_${environment.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_PASSED`
}

export function makePassMark(facts: PassMarkFacts): PassMark {
  return {
    verifier: { id: passVerifierId(facts.environment), version: { waybill: facts.verifierVersion } },
    timeVerified: facts.at,
    resourceUri: facts.repository,
    policy: {
      uri: `${passVerifierId(facts.environment)}/policy`,
      digest: { sha256: hexOf(facts.policyDigest) },
    },
    ...(facts.inputs.length > 0 && {
      inputAttestations: facts.inputs.map((d) => ({ digest: { sha256: hexOf(d) } })),
    }),
    verificationResult: facts.passed ? 'PASSED' : 'FAILED',
    verifiedLevels: facts.passed ? [passLevel(facts.environment)] : ['FAILED'],
  }
}

/**
 * An environment's last word on a digest: of its own marks the one with the latest `timeVerified`, FAILED on a tie.
 * The times are the verifier's own claims, so only marks of one verifier are compared; a FAILED mark without a
 * time is never outlived, a PASSED one without a time never outlives. undefined = it has not spoken.
 */
export function latestMark<T extends { readonly predicate: PassMark }>(
  marks: readonly T[],
  environment: string,
): T | undefined {
  const own = marks.filter(({ predicate }) => predicate.verifier.id === passVerifierId(environment))
  return own.toSorted((a, b) => rank(b.predicate) - rank(a.predicate) || (isFailed(b) ? 1 : -1))[0]
}

/** Milliseconds since 1970. */
function rank(mark: PassMark): number {
  const time = mark.timeVerified === undefined ? Number.NaN : Date.parse(mark.timeVerified)
  if (!Number.isNaN(time)) return time
  return mark.verificationResult === 'FAILED' ? Number.MAX_VALUE : 0
}

function isFailed({ predicate }: { readonly predicate: PassMark }): boolean {
  return predicate.verificationResult === 'FAILED'
}
