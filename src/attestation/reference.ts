import * as z from 'zod'

/**
 * Predicate `https://in-toto.io/attestation/reference/v0.1`: a document that is too large to travel in a statement,
 * by address and digest.
 */
export const reference = z.object({
  attester: z.object({ id: z.string() }),
  references: z
    .array(
      z.object({
        name: z.string().optional(),
        downloadLocation: z.string(),
        digest: z.record(z.string(), z.string()),
        mediaType: z.string().optional(),
      }),
    )
    .min(1),
})
